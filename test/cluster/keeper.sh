#!/bin/sh
# Keeps one node: starts its first process in namespaces of its own, and takes everything away when that has ended. It ends
# when standard input does, thus also when the test that holds the other end is killed.
# Usage: keeper.sh NAME NODE-PROGRAM CGROUP-PROCS..., with FOLDER in the environment.
exec 2>> "$FOLDER/daemons/node.log"
trap : TERM INT HUP # what ends the tests' process group must not end it before it has cleaned up
name=$1 node=$2
shift 2
(
  for procs; do echo 0 > "$procs" || exit 1; done # 0 is the writer
  # Of the first process's PID namespace everything is killed with it; with the last of them the other namespaces go.
  # bash, because it also waits for the orphans that it is given, as a first process must.
  exec unshare --net --mount --uts --ipc --pid --fork --kill-child bash
)
setsid --wait "$node" "$(dirname "$0")/remove.ts" "$name" # where those signals don't reach
