#!/bin/sh
# Three PostgreSQL servers on this machine that are one Citus cluster, for run.py. The extension is installed (README.md).
#
#   sh cluster.sh start DIR [PORT]   makes and starts the servers (PORT, PORT+1, PORT+2; 9700 unless told), one database each
#   sh cluster.sh new DIR [PORT]     the same database, empty again
#   sh cluster.sh stop DIR           stops them
#
# Not as root: PostgreSQL refuses it. PG_BIN names the folder of its programs, BIN of `pg_config --bindir` unless told.
set -eu

act=$1 dir=$2 port=${3:-9700}
bin=${PG_BIN:-$(pg_config --bindir)}
name=antiphon
user=$(id -un)

on() { # number of the node, then what psql takes
    node=$1
    shift
    PGOPTIONS='-c client_min_messages=warning' "$bin/psql" -qtAX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p $((port + node)) \
        -U "$user" "$@" >/dev/null
}

start() {
    for node in 0 1 2; do
        home=$dir/$node
        "$bin/initdb" -D "$home" -U "$user" -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
        cat >>"$home/postgresql.conf" <<-END
			shared_preload_libraries = 'citus'
			port = $((port + node))
			listen_addresses = '127.0.0.1'
			unix_socket_directories = ''
			max_connections = 200
			max_prepared_transactions = 200
			max_locks_per_transaction = 512
			wal_level = logical
			jit = off
			# nothing of this is worth a disk's time
			fsync = off
			full_page_writes = off
			synchronous_commit = off
		END
        "$bin/pg_ctl" -w -D "$home" -l "$home.log" start >/dev/null
    done
    new
}

new() {
    for node in 0 1 2; do
        on $node -d postgres -c 'SET citus.enable_create_database_propagation = off' \
            -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" -c "CREATE DATABASE $name"
        on $node -d $name -c 'CREATE EXTENSION citus'
    done
    on 0 -d $name -c "SELECT citus_set_coordinator_host('127.0.0.1', $port)" \
        -c "SELECT citus_add_node('127.0.0.1', $((port + 1)))" -c "SELECT citus_add_node('127.0.0.1', $((port + 2)))"
    echo "ANTIPHON_CITUS_URL=postgresql://$user@127.0.0.1:$port/$name"
}

stop() {
    for node in 0 1 2; do
        "$bin/pg_ctl" -w -m fast -D "$dir/$node" stop >/dev/null
    done
}

case $act in
start | new | stop) "$act" ;;
*) sed -n '2,8p' "$0" && exit 2 ;;
esac
