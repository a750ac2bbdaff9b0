"""What `make check`, `make test` and `make messages` run; nothing here is part of the studio."""
