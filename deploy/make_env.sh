#!/bin/sh
# Prints .env.example with every secret filled in: sh deploy/make_env.sh > .env
set -eu
umask 077
cd "$(dirname "$0")/.."
hex() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
sed -e "s/^SECRET_KEY=\$/SECRET_KEY=$(hex 32)/" \
    -e "s/^ENDPOINT_KEY_SECRET=\$/ENDPOINT_KEY_SECRET=$(hex 32)/" \
    -e "s/^POSTGRES_PASSWORD=\$/POSTGRES_PASSWORD=$(hex 24)/" \
    -e "s/^REDIS_PASSWORD=\$/REDIS_PASSWORD=$(hex 24)/" \
    -e "s/^GARAGE_RPC_SECRET=\$/GARAGE_RPC_SECRET=$(hex 32)/" \
    -e "s/^AWS_ACCESS_KEY_ID=\$/AWS_ACCESS_KEY_ID=GK$(hex 12)/" \
    -e "s/^AWS_SECRET_ACCESS_KEY=\$/AWS_SECRET_ACCESS_KEY=$(hex 32)/" .env.example
