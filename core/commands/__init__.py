"""One file a command of `merx`, named like it; the click object in it is called `command`, or like the file."""
