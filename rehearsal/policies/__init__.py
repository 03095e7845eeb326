"""Policy packs in a rehearsal: loaded as the engine loads them, asked as its policy host asks them."""
