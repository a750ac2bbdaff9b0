"""The whole studio on one machine, started by one command and ended by one Ctrl-C."""
