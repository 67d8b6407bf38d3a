#!/usr/bin/env bash
# A real Slurm cluster of several nodes on this one machine, for tests: munged, slurmctld, slurmd.
#   cluster.sh install        packages, through apt, as root
#   cluster.sh up             starts it; all state is in $SLURM_LAB
#   cluster.sh crash NODE     a node loses power: its daemon, its jobs' keepers, its jobs
#   cluster.sh cut NODE       a node loses its daemon alone: Slurm gives it up, its jobs live on
#   cluster.sh restore NODE   its daemon is back
#   cluster.sh down           ends everything that `up` started, and nothing else
# Afterwards: export SLURM_CONF=$SLURM_LAB/slurm.conf
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB=${SLURM_LAB:?a folder for its state}
PORT=${SLURM_LAB_PORT:-18817} # also those up to 199 above it
NODES=${SLURM_LAB_NODES:-4}
CPUS=2
export PATH="$PATH:/usr/sbin:/sbin" SLURM_CONF="$LAB/slurm.conf"
# Inherited by all that is started here, and looked for before anything is ended.
export HASHFLIGHT_SLURM_LAB="$LAB"

complain() { echo "cluster.sh: $*" >&2; }
give_up() {
  complain "$*"
  tail -n 12 "$LAB"/log/*.log >&2 2>/dev/null || true
  exit 1
}

install() {
  local made=''
  command -v slurmctld slurmd munged sbatch >/dev/null && return 0
  [ "$(id -u)" = 0 ] || { complain "Slurm is not installed, and only root can install it"; return 1; }
  # Debian's packages start their services, unless a policy forbids it.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d && made=yes
  fi
  local code=0
  local get=(apt-get install -y -q --no-install-recommends munge slurmctld slurmd slurm-client)
  DEBIAN_FRONTEND=noninteractive "${get[@]}" >/dev/null 2>&1 ||
    { apt-get update -q >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive "${get[@]}" >/dev/null; } || code=1
  [ -z "$made" ] || rm -f /usr/sbin/policy-rc.d
  return $code
}

ours() { { tr '\0' '\n' <"/proc/$1/environ" | grep -qxF "HASHFLIGHT_SLURM_LAB=$LAB"; } 2>/dev/null; }
daemon() { # NAME: its process, if it lives and is ours
  local process
  process=$(tr -dc 0-9 <"$LAB/run/$1.pid" 2>/dev/null) || return 1
  [ -n "$process" ] && ours "$process" && echo "$process"
}
offspring() { # PROCESS: all below it
  local child
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
    echo "$child"
    offspring "$child"
  done
}
# slurmstepd, which keeps a job, writes its title over its environment, but holds its node's log open.
keepers() { # NODE, or a pattern
  local folder
  for folder in /proc/[0-9]*; do
    case "$(readlink "$folder/exe" 2>/dev/null)" in */slurmstepd*) ;; *) continue ;; esac
    if ls -l "$folder/fd" 2>/dev/null | grep -q -- "-> $LAB/log/slurmd\.$1\.log"; then echo "${folder#/proc/}"; fi
  done
}
kill_jobs() { # NODE
  local keeper
  for keeper in $(keepers "$1"); do
    # shellcheck disable=SC2046
    kill -KILL "$keeper" $(offspring "$keeper") 2>/dev/null || true
  done
}
nodes_up() { timeout 5 sinfo -h -N -p debug -t idle,mixed,allocated -o %N 2>/dev/null | sort -u | wc -l; }

up() {
  local me host name node lines='' wrapper=() listen=NoCtldInAddrAny,NoInAddrAny
  me=$(id -un)
  umask 022
  mkdir -p "$LAB"/{state,log,run,munge}
  chmod 700 "$LAB/munge"
  # The controller runs only on a host of its name, and listens on what that name means. Where it is
  # not loopback, the daemons get a name of their own.
  host=$(hostname -s 2>/dev/null || hostname)
  loopback() { getent ahostsv4 "$1" | awk '{print $1}' | sort -u | grep -qx 127.0.0.1; }
  if ! loopback "$host"; then
    if unshare --uts true 2>/dev/null; then
      wrapper=(unshare --uts sh -c 'hostname localhost && exec "$@"' sh)
      host=localhost
    else
      complain "'$host' is not 127.0.0.1, and a private host name is not allowed: Slurm listens on every address"
      listen=NoAddrCache
    fi
  fi
  for node in $(seq 1 "$NODES"); do
    mkdir -p "$LAB/spool/n$node"
    lines+="NodeName=n$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$((PORT + node)) CPUs=$CPUS Boards=1 "
    lines+="SocketsPerBoard=1 CoresPerSocket=$CPUS ThreadsPerCore=1 RealMemory=4000 State=UNKNOWN"$'\n'
  done
  local text
  text=$(<"$here/slurm.conf.in")
  for name in "HOST=$host" "PORT=$PORT" "FIRST_PORT=$((PORT + 1))" "SRUN_PORTS=$((PORT + 100))-$((PORT + 199))" \
    "USER=$me" "LAB=$LAB" "LISTEN=$listen" "NODES=$lines"; do
    text=${text//"@${name%%=*}@"/"${name#*=}"}
  done
  printf '%s\n' "$text" >"$LAB/slurm.conf"
  printf '%s\n' "${wrapper[@]+"${wrapper[@]}"}" >"$LAB/wrapper"
  (umask 077 && head -c 128 /dev/urandom >"$LAB/munge/key")
  start munged --force --origin=127.0.0.1 --key-file="$LAB/munge/key" --socket="$LAB/munge/socket" \
    --pid-file="$LAB/run/munged.pid" --log-file="$LAB/log/munged.log" --seed-file="$LAB/munge/seed"
  chmod 711 "$LAB/munge" # clients must reach the socket
  start slurmctld -c -f "$LAB/slurm.conf"
  for node in $(seq 1 "$NODES"); do start slurmd -N "n$node" -f "$LAB/slurm.conf"; done
  for _ in $(seq 1 150); do
    [ "$(nodes_up)" = "$NODES" ] && return 0
    sleep 0.2
  done
  give_up "not all $NODES nodes came up"
}
start() { # a daemon, which leaves for the background by itself
  local wrapper=()
  [ -s "$LAB/wrapper" ] && mapfile -t wrapper < <(grep . "$LAB/wrapper" || true)
  ${wrapper[@]+"${wrapper[@]}"} "$@" </dev/null >>"$LAB/log/$1.log" 2>&1 || give_up "$1 does not start"
}

crash() {
  cut "$1"
  kill_jobs "$1"
}
cut() {
  local process
  if process=$(daemon "slurmd.$1"); then kill -KILL "$process"; fi
}
restore() { start slurmd -N "$1" -f "$LAB/slurm.conf"; }

down() {
  [ -d "$LAB/run" ] || return 0
  local process name
  timeout 10 scancel --user="$(id -un)" 2>/dev/null || true
  for name in $(cd "$LAB/run" && ls | sed 's/\.pid$//' | grep -v munged) munged; do
    if process=$(daemon "$name"); then kill -KILL "$process" 2>/dev/null || true; fi
  done
  kill_jobs '[^/]*'
  return 0
}

"$@"
