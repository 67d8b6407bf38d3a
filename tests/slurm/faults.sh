#!/usr/bin/env bash
# The program on a real Slurm, and what may happen to it there. Exit code 0 if every claim holds.
#   HASHFLIGHT=path of the program, SLURM_LAB=an empty folder for cluster and results
# What is claimed: whatever is lost, run twice, killed, preempted, cancelled or split, the merged files
# are those of one process on one machine.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${HASHFLIGHT:?the program}" "${SLURM_LAB:?an empty folder}"
lab=$SLURM_LAB
export SLURM_LAB="$lab/cluster" SLURM_LAB_NODES=4 SLURM_CONF="$lab/cluster/slurm.conf" PATH="$PATH:/usr/sbin:/sbin"
holds=0 fails=0
claim() { # WORDS COMMAND...
  local words=$1
  shift
  if "$@" >"$lab/claim.log" 2>&1; then
    holds=$((holds + 1)) && echo "holds  $(printf '%4d' $SECONDS) s  $words"
  else
    fails=$((fails + 1)) && echo "FAILS  $(printf '%4d' $SECONDS) s  $words: $*" && tail -n 5 "$lab/claim.log"
  fi
}
not() { ! "$@"; }
exits() { # CODE COMMAND...
  local wanted=$1 code=0
  shift
  "$@" || code=$?
  [ "$code" = "$wanted" ]
}
finish() {
  local code=$?
  bash "$here/cluster.sh" down || true
  if [ $code != 0 ] || [ $fails != 0 ]; then tail -n 4 "$lab"/*/submissions/*/logs/* 2>/dev/null | tail -n 60 || true; fi
}
trap finish EXIT
trap 'echo "faults.sh:$LINENO: $BASH_COMMAND" >&2' ERR

# --- asking Slurm and the results ---------------------------------------------------------------
job() { # RESULTS SUBMISSION NAME: number of the job whose name ends so
  awk -v end="-$3\"" -F'"' '/"name"/ {mine = index($0, end)} /"job"/ && mine {print $4}' "$1/submissions/$2/jobs.json"
}
waiting() { squeue -h -r -t PD,R,CG,S,CF "$@" 2>/dev/null; }
drain() { # until nothing waits or runs
  for _ in $(seq 1 600); do
    [ -n "$(waiting "$@")" ] || return 0
    sleep 0.25
  done
  squeue
  return 1
}
running() { squeue -h -r -t R -j "$1" -o '%K %N' 2>/dev/null; }
until_running() { # JOB HOW_MANY
  for _ in $(seq 1 200); do
    [ "$(running "$1" | wc -l)" -ge "$2" ] && return 0
    sleep 0.1
  done
  return 1
}
state() { squeue -h -r -t all -j "$1" -o %T; }
field() { { "$HASHFLIGHT" status "$1" --json 2>/dev/null || true; } | tr -d ' ,"' | sed -n "s/^$2://p"; }
at_least() { [ "$1" -ge "$2" ]; }
same() { # RESULTS: as those of one process?
  local file
  for file in runs series miners; do cmp "$lab/alone/$file.parquet" "$1/$file.parquet" || return 1; done
}
receipts_of() { grep -l "\"array_task\":\"$2\"" "$1"/receipts/*.jsonl 2>/dev/null || true; } # RESULTS TASK
program_of() { receipts_of "$1" "$2" | head -n 1 | xargs -r -d '\n' sed -n 's/.*"process":\([0-9]*\).*/\1/p'; }
merged() { [ "$(field "$1" state)" = merged ]; }
published() { ls "$1/shards" 2>/dev/null | grep -c 'runs.parquet$' || true; }

# --- an experiment of 24 shards -----------------------------------------------------------------
cat >"$lab/pair.toml" <<TOML
extends = "baseline"
[experiment]
title = "Two worlds"
[[scenario]]
name = "on"
[[scenario]]
name = "off"
set = { "ai.enabled" = false }
[[contrast]]
treatment = "on"
control = "off"
TOML
# As many miners as make a run take some two thirds of a second of a processor, whatever else the machine does:
# what is to happen, happens amid a shard.
TIMEFORMAT=%U
seconds=$({ time (cd "$lab" && "$HASHFLIGHT" plan pair.toml --miners 2000 --set simulation.horizon_days=1000 \
  >/dev/null 2>&1); } 2>&1)
miners=$(awk -v s="$seconds" 'BEGIN {m = int(2000 * 1.3 / (s + 0.01)); print (m < 1000 ? 1000 : m > 60000 ? 60000 : m)}')
size=(--miners "$miners" --replicates 12 --set simulation.horizon_days=1000)
site=(--engine slurm --mem 200M --partition debug)
submit() { # RESULTS OPTIONS...
  local out=$1
  shift
  (cd "$lab" && "$HASHFLIGHT" submit pair.toml "${size[@]}" --out "$out" "${site[@]}" "$@" >"$lab/submit.log" 2>&1) ||
    { local code=$?; cat "$lab/submit.log"; return $code; }
}
bash "$here/cluster.sh" up
echo "up     $(printf '%4d' $SECONDS) s  $(sinfo -V), $SLURM_LAB_NODES nodes"
(cd "$lab" && "$HASHFLIGHT" run pair.toml "${size[@]}" --out alone --no-report --threads 2 >/dev/null)
echo "ran    $(printf '%4d' $SECONDS) s  24 runs of $miners miners in one process"

# --- nodes are lost, a program is killed ------------------------------------------------------------
a="$lab/faults" b="$lab/a name 'with' \$(touch executed) ; and *" c="$lab/cancelled"
submit "$a" --tasks 8
array=$(job "$a" 000 a0) merge=$(job "$a" 000 merge)
claim "eight tasks run at once" until_running "$array" 8
# All are held amid their work, so that the faults come in this order however fast the machine is.
held=()
for task in 0 1 2 3 4 5 6 7; do
  program=''
  for _ in $(seq 1 200); do program=$(program_of "$a" $task) && [ -n "$program" ] && break; sleep 0.05; done
  kill -STOP "$program" && held[task]=$program
done
lost=$(running "$array" | awk '$1 == 0 {print $2}')
cut_off=$(running "$array" | awk -v lost="$lost" '$2 != lost {print $2}' | tail -n 1)
orphan=$(running "$array" | awk -v node="$cut_off" '$2 == node {print $1; exit}')
victim=$(running "$array" | awk -v one="$lost" -v two="$cut_off" '$2 != one && $2 != two {print $1; exit}')
bash "$here/cluster.sh" crash "$lost"
bash "$here/cluster.sh" cut "$cut_off"
for node in "$lost" "$cut_off"; do scontrol update nodename="$node" state=down reason=test; done
claim "a program is killed" kill -KILL "${held[victim]}"
claim "a second submission is refused while the first is queued" exits 2 submit "$a" --tasks 2
for task in 0 1 2 3 4 5 6 7; do
  [ $task = "$orphan" ] || kill -CONT "${held[task]}" 2>/dev/null || true
done
# The task that was cut off wakes up when Slurm has given its work to another node.
again() { for _ in $(seq 1 300); do [ "$(receipts_of "$a" "$orphan" | wc -l)" = 2 ] && return 0; sleep 0.1; done; return 1; }
claim "Slurm gives the work of a node that it cannot reach to another" again
kill -CONT "${held[orphan]}"
drain -j "$array" || true
drain -j "$merge" || true
for _ in $(seq 1 200); do kill -0 "${held[orphan]}" 2>/dev/null || break; sleep 0.2; done
restarts=$(scontrol show job "$array" -o | grep -oE 'Restarts=[1-9]' | wc -l)
claim "Slurm starts the tasks of lost nodes again ($restarts of them)" at_least "$restarts" 2
claim "it does not start a killed program again" grep -qx FAILED <(state "${array}_$victim")
claim "the merge came after all, and says what is missing" grep -q 'shards are missing' "$a/submissions/000/logs/merge.log"
claim "status says incomplete by exit code 75" exits 75 "$HASHFLIGHT" status "$a"
left=$(field "$a" shards_done)
for node in "$lost" "$cut_off"; do
  bash "$here/cluster.sh" restore "$node"
  scontrol update nodename="$node" state=resume 2>/dev/null || true
done
submit "$a" --tasks 4
claim "the next submission holds what is missing and no more" grep -q "$((24 - left)) of 24 shards are missing" "$lab/submit.log"
drain
claim "merged by the cluster" merged "$a"
claim "the bytes of one process" same "$a"
claim "cut off from Slurm, a task went on: shards were made twice ($(field "$a" duplicates)), counted once" \
  at_least "$(field "$a" duplicates)" 1
claim "nobody disagreed" test -z "$(ls "$a"/shards)"
claim "figures are drawn" test -s "$a/summary.json"

# --- preempted, out of time, and a results folder of an evil name -----------------------------------------
submit "$b" --tasks 4 --max-requeue 20
array=$(job "$b" 000 a0)
each_published() { [ "$(grep -l '"event":"published"' "$b"/receipts/*.jsonl 2>/dev/null | wc -l)" -ge 4 ]; }
for _ in $(seq 1 300); do each_published && break; sleep 0.1; done
# What Slurm does before the time limit, as --signal asks: a sign to the script alone.
scancel --batch --signal=USR1 "$array" || true
for _ in $(seq 1 100); do [ "$(receipts_of "$b" '[0-3]' | wc -l)" -gt 4 ] && break; sleep 0.2; done
urgent=$(sbatch --parsable -p urgent --nodes=4 --exclusive --mem=64 -o /dev/null --wrap 'sleep 1')
drain
claim "an urgent job took the nodes" grep -qx COMPLETED <(state "$urgent")
claim "preempted and out of time, the tasks came back by themselves" merged "$b"
claim "the bytes of one process" same "$b"
signs=$(grep -l 'exit code 75' "$b"/submissions/000/logs/*_*.log | wc -l)
claim "told that time is up, tasks left with exit code 75 and were continued ($signs)" at_least "$signs" 1
claim "some were preempted" grep -q 'exit code 143' "$b"/submissions/000/logs/*_*.log
claim "nothing in the name was executed" test -z "$(find "$lab" -name executed)"

# --- cancelled, then split --------------------------------------------------------------------------------
submit "$c" --tasks 4
array=$(job "$c" 000 a0)
until_running "$array" 4
for _ in $(seq 1 100); do [ "$(published "$c")" -ge 2 ] && break; sleep 0.2; done
scancel "$array"
drain
claim "a cancelled array stays cancelled" not grep -qvx CANCELLED <(state "$array")
claim "what it had published is kept" at_least "$(published "$c")" 2
submit "$c" --tasks 8 --max-array 3
claim "an array longer than the site's limit is split in three" test -s "$c/submissions/001/array2.sbatch"
drain
claim "complete" merged "$c"
claim "the bytes of one process" same "$c"
claim "receipts name Slurm's job" grep -q "\"job\":\"$(job "$c" 001 a2)\"" "$c"/receipts/*.jsonl
echo "$holds claims hold, $fails fail, after $SECONDS s"
[ $fails = 0 ]
