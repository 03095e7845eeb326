"""The rehearsal: the Pulumi program against emulated AWS."""
