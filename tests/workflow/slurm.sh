#!/usr/bin/env bash
# A SLURM of this one machine, for the tests: `slurm.sh start`, `slurm.sh stop`. Needs the Debian packages slurmctld, slurmd, slurm-client and munge,
# and root, or sudo that asks for nothing. Keys, state and logs lie in a temporary folder; only slurm.conf is where SLURM looks for it, since
# Snakemake's executor takes SLURM_CONF, as any variable of that name's beginning, out of its jobs' environment.
set -euo pipefail

conf=/etc/slurm/slurm.conf
mark="# Written by crossdock's tests/workflow/slurm.sh; state in "

# Whoever called: a SLURM whose caller has gone was left behind.
owner=${2:-$PPID}
if [ "$(id -u)" -ne 0 ]; then exec sudo -n "$0" "${1:-}" "$owner"; fi

# The state folder of a SLURM that this script has started; empty where there is none.
ours() {
  if [ -f "$conf" ]; then sed -n "1s|^$mark||p" "$conf"; fi
}

# A process by its number and its start, since numbers are used again.
named() { ps -o pid=,lstart= -p "$1" | sed 's/^ *//'; }

left_behind() {
  local who
  who=$(cat "$(ours)/owner" 2>/dev/null) || return 0
  [ "$(named "${who%% *}")" != "$who" ]
}

wait_until() {  # SECONDS WHAT COMMAND...
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "slurm.sh: $what; last lines of the logs:" >&2
      tail -n 5 "$(ours)"/*.log >&2 || true
      return 1
    fi
    sleep 0.2
  done
}

daemon() {  # NAME COMMAND...: runs in the foreground of its own session, its number kept for stop
  local name=$1
  shift
  setsid "$@" >"$state/$name.log" 2>&1 </dev/null &
  echo $! >"$state/$name.pid"
}

write_conf() {
  cat <<END
$mark$state
ClusterName=crossdock
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$state/munge/socket
SlurmUser=root
StateSaveLocation=$state/slurmctld
SlurmdSpoolDir=$state/slurmd
SlurmctldPidFile=$state/slurmctld.own.pid
SlurmdPidFile=$state/slurmd.own.pid
# What works without systemd, cgroups and a database.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# Ended jobs stay known to squeue for as long as a test may ask about them, in seconds.
MinJobAge=3600
ReturnToService=2
# A core counts as a core, whatever the machine says of sockets and threads.
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$(awk '/^MemTotal:/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
}

start() {
  if [ -n "$(ours)" ] && left_behind; then (stop); fi
  if [ -n "$(ours)" ]; then
    echo "slurm.sh: one is running already, in $(ours); stop it first" >&2
    exit 1
  fi
  if [ -e "$conf" ]; then
    echo "slurm.sh: $conf is there and not this script's: left as it is" >&2
    exit 1
  fi
  host=$(hostname -s)
  state=$(mktemp -d /tmp/crossdock-slurm.XXXXXX)
  chmod 755 "$state"
  named "$owner" >"$state/owner"
  mkdir -p "$state/slurmctld" "$state/slurmd" "$(dirname "$conf")"
  write_conf >"$conf"
  trap 'stop' ERR
  # Its own key and socket: a munge of the machine's goes on undisturbed.
  install -d -o munge -g munge -m 755 "$state/munge"
  (umask 377 && head -c 128 /dev/urandom >"$state/munge/key")
  chown munge: "$state/munge/key"
  daemon munged runuser -u munge -- munged --foreground --key-file="$state/munge/key" --socket="$state/munge/socket" \
    --pid-file="$state/munge/pid" --seed-file="$state/munge/seed"
  wait_until 20 "munged does not answer" munge --no-input --socket="$state/munge/socket"
  daemon slurmctld slurmctld -D
  daemon slurmd slurmd -D
  wait_until 60 "the node does not become idle" sh -c 'sinfo --noheader --format=%T | grep -qx idle'
  echo "slurm.sh: $(nproc) cores, state in $state"
}

stop() {
  trap - ERR
  local state pid
  state=$(ours)
  if [ -z "$state" ]; then
    echo "slurm.sh: none of this script's is running" >&2
    exit 1
  fi
  timeout 20 scancel --partition=main 2>/dev/null || true
  for name in slurmd slurmctld munged; do
    if [ -f "$state/$name.pid" ]; then
      pid=$(cat "$state/$name.pid")
      grep -q "$name" "/proc/$pid/cmdline" 2>/dev/null || continue  # gone, and its number is another's
      kill "$pid" 2>/dev/null || true
      for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
      kill -9 "$pid" 2>/dev/null || true
    fi
  done
  rm -rf "$conf" "$state"
}

case "${1:-}" in
  start | stop) "$1" ;;
  *) echo "usage: slurm.sh start|stop" >&2; exit 2 ;;
esac
