"""Quality of a served model: is it right where labels are known, and are its inputs and answers like the reference?"""
