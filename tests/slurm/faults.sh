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
drain() { # until nothing waits or runs
  local left
  for _ in $(seq 1 2400); do
    # No answer is not the answer that nothing is left.
    if left=$(squeue -h -r -t PD,R,CG,S,CF "$@" 2>/dev/null) && [ -z "$left" ]; then return 0; fi
    sleep 0.25
  done
  squeue
  return 1
}
running() { squeue -h -r -t R -j "$1" -o '%K %N' 2>/dev/null; }
all_run() { [ "$(running "$1" | wc -l)" = "$2" ]; } # JOB HOW_MANY
mkfifo "$lab/never" && exec {never}<>"$lab/never" # nothing is ever written to it
within() { # SECONDS COMMAND...: whether it succeeds in that time
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    read -rt 0.05 -u "$never" _ || true
  done
}
state() { squeue -h -r -t all -j "$1" -o %T; }
field() { { "$HASHFLIGHT" status "$1" --json 2>/dev/null || true; } | tr -d ' ,"' | sed -n "s/^$2://p"; }
at_least() { [ "$1" -ge "$2" ]; }
same() { # RESULTS: as those of one process?
  local file
  for file in runs series miners; do cmp "$lab/alone/$file.parquet" "$1/$file.parquet" || return 1; done
}
receipts_of() { grep -l "\"array_task\":\"$2\"" "$1"/receipts/*.jsonl 2>/dev/null || true; } # RESULTS TASK
merged() { [ "$(field "$1" state)" = merged ]; }
published() { ls "$1/shards" 2>/dev/null | grep -c 'runs.parquet$' || true; }
all_logs_say() { # RESULTS TASKS WORDS
  local logs=("$1"/submissions/000/logs/*_*.log)
  [ "$(grep -l "$3" "${logs[@]}" | wc -l)" = "$2" ] || { cat "${logs[@]}" && return 1; }
}

# --- holding programs amid their work -----------------------------------------------------------
# What is to happen to a program at work must not depend on how fast it or the machine is: the programs are
# stopped first, then it happens, then they go on. They begin only when this script is ready to look, and it
# looks without starting a process, of which a busy machine would make it wait.
partition() { scontrol update partitionname=debug state="$1"; }
hold() { # RESULTS TASKS ATTEMPT SHARDS
  # The ATTEMPT-th program of each of so many tasks, once it has published so many shards. Their processes are
  # then in `held`, by task.
  held=()
  within 120 all_held "$@" && still_at_work "$1" $((24 / $2))
}
all_held() {
  local receipt lines task made attempts=()
  for receipt in "$1"/receipts/*.jsonl; do # begins with the time
    { mapfile -t lines <"$receipt"; } 2>/dev/null || continue
    [[ "${lines[0]:-}" =~ \"array_task\":\"([0-9]+)\" ]] || continue
    task=${BASH_REMATCH[1]}
    attempts[task]=$((${attempts[task]:-0} + 1))
    [ -z "${held[task]:-}" ] && [ "${attempts[task]}" = "$3" ] || continue
    made=("${lines[@]:1}") # one line for each shard, and a last one if it has ended
    [ ${#made[@]} -ge "$4" ] && [[ "${lines[0]}" =~ \"process\":([0-9]+) ]] || continue
    held[task]=${BASH_REMATCH[1]}
    kill -STOP "${held[task]}" || true # where it is too late, still_at_work says so
  done
  [ ${#held[@]} = "$2" ]
}
still_at_work() { # RESULTS SHARDS: stopped, and with one of its shards not begun
  local task made
  for task in "${!held[@]}"; do
    within 5 stopped "${held[task]}" || { echo "task $task: its program has ended" && return 1; }
    made=$(receipts_of "$1" "$task" | xargs -r -d '\n' cat | grep -c '"event":"published"' || true)
    [ $((made + 2)) -le "$2" ] || { echo "task $task has made $made of $2 shards" && return 1; }
  done
}
stopped() { grep -q '^State:.T' "/proc/$1/status" 2>/dev/null; }
let_go() { kill -CONT "$@" 2>/dev/null || true; }
gone() { # PROCESSES
  local process
  for process in "$@"; do
    if [ -e "/proc/$process/exe" ]; then return 1; fi # not there once it only waits to be buried
  done
}
told() { # SIGNAL PROCESSES: whether it waits for each of them
  local bit=$((1 << ($(kill -l "$1") - 1))) process pending
  shift
  for process in "$@"; do
    pending=$(sed -n 's/^ShdPnd:[[:space:]]*//p' "/proc/$process/status" 2>/dev/null) || return 1
    [ $((16#${pending:-0} & bit)) != 0 ] || return 1
  done
}

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
# time enough to hold a program amid a shard.
TIMEFORMAT=%U
seconds=$({ time (cd "$lab" && "$HASHFLIGHT" plan pair.toml --miners 2000 --set simulation.horizon_days=1000 \
  >/dev/null 2>&1); } 2>&1)
miners=$(awk -v s="$seconds" 'BEGIN {m = int(2000 * 1.3 / (s + 0.01)); print (m < 100 ? 100 : m > 60000 ? 60000 : m)}')
size=(--miners "$miners" --replicates 12 --set simulation.horizon_days=1000)
site=(--engine slurm --mem 200M --partition debug)
submit() { # RESULTS OPTIONS...
  local out=$1
  shift
  (cd "$lab" && "$HASHFLIGHT" submit pair.toml "${size[@]}" --out "$out" "${site[@]}" "$@" >"$lab/submit.log" 2>&1) ||
    { local code=$?; cat "$lab/submit.log"; return $code; }
}
names() { sed -n 's/.*"name": "\(.*\)".*/\1/p' "$1"/submissions/*/jobs.json | paste -sd, -; } # RESULTS
run_fresh() { (cd "$lab" && "$HASHFLIGHT" run pair.toml "${size[@]}" --out "$1" --fresh --no-report); } # RESULTS
cancel() { "$HASHFLIGHT" submit --cancel "$1" && [ -z "$(squeue -h -t PD,R -n "$(names "$1")")" ]; } # RESULTS
refused() { # COMPLAINT OPTIONS...: by exit code 2, with Slurm's own words
  local words=$1
  shift
  (cd "$lab" && exits 2 "$HASHFLIGHT" submit pair.toml "${size[@]}" --out "$e" --engine slurm --tasks 2 "$@") \
    >"$lab/refused.log" 2>&1 && grep -q "$words" "$lab/refused.log" || { cat "$lab/refused.log" && return 1; }
}
says() { # RESULTS WORDS: its status
  "$HASHFLIGHT" status "$1" >"$lab/says.log" 2>&1 || true
  grep -q "$2" "$lab/says.log" || { cat "$lab/says.log" && return 1; }
}
held_back() { squeue -h -r -j "$1" -t PD -o %r | grep -qi held; } # ELEMENT
watch_throttle() { # MOST NAMES: at work at once, until all are done
  local most=0 now end=$((SECONDS + 120))
  while [ $SECONDS -lt $end ] && now=$(squeue -h -r -n "$2" -t PD,R,CG,CF -o '%t %j') && grep -q -- '-a[0-9]*$' <<<"$now"; do
    now=$(grep -c '^R .*-a[0-9]*$' <<<"$now" || true)
    [ "$now" -le "$most" ] || most=$now
    read -rt 0.2 -u "$never" _ || true
  done
  echo "at most $most at once"
  [ "$most" -le "$1" ] && [ "$most" -ge 1 ]
}
bash "$here/cluster.sh" up
echo "up     $(printf '%4d' $SECONDS) s  $(sinfo -V), $SLURM_LAB_NODES nodes"
(cd "$lab" && "$HASHFLIGHT" run pair.toml "${size[@]}" --out alone --no-report --threads 2 >/dev/null)
echo "ran    $(printf '%4d' $SECONDS) s  24 runs of $miners miners in one process"

# --- nodes are lost, a program is killed ------------------------------------------------------------
d="$lab/second" e="$lab/refused"
a="$lab/faults" b="$lab/a name 'with' \$(touch executed) ; and *" c="$lab/cancelled"
partition down
submit "$a" --tasks 8
array=$(job "$a" 000 a0) merge=$(job "$a" 000 merge)
# All are held amid their work, so that the faults come in this order.
partition up
claim "eight programs are held amid their work" hold "$a" 8 1 0
claim "eight tasks run at once" within 20 all_run "$array" 8
lost=$(running "$array" | awk '$1 == 0 {print $2}')
cut_off=$(running "$array" | awk -v lost="$lost" '$2 != lost {print $2}' | tail -n 1)
orphan=$(running "$array" | awk -v node="$cut_off" '$2 == node {print $1; exit}')
victim=$(running "$array" | awk -v one="$lost" -v two="$cut_off" '$2 != one && $2 != two {print $1; exit}')
claim "a second submission is refused while the first is queued" exits 2 submit "$a" --tasks 2
claim "and so is to start over" exits 2 run_fresh "$a"
claim "the same plan in another folder is not barred" submit "$d" --tasks 2
claim "and its jobs are others" test "$(job "$d" 000 a0)" -gt "$merge"
claim "they are cancelled by the folder's name" cancel "$d"
claim "a partition that is not there is refused as wrong input" refused 'invalid partition' --partition nowhere
claim "and so is memory that no node has" refused '[Mm]emory' --partition debug --mem 900G
claim "neither left jobs" test -z "$(squeue -h -n "$(names "$e")")"
bash "$here/cluster.sh" crash "$lost"
bash "$here/cluster.sh" cut "$cut_off"
for node in "$lost" "$cut_off"; do scontrol update nodename="$node" state=down reason=test; done
claim "a program is killed" kill -KILL "${held[victim]}"
for task in "${!held[@]}"; do [ "$task" = "$orphan" ] || let_go "${held[task]}"; done
# The task that was cut off wakes up when Slurm has given its work to another node.
again() { [ "$(receipts_of "$a" "$orphan" | wc -l)" = 2 ]; }
claim "Slurm gives the work of a node that it cannot reach to another" within 120 again
let_go "${held[orphan]}"
drain -j "$array" || true
drain -j "$merge" || true
within 60 gone "${held[@]}" || true
restarts=$(scontrol show job "$array" -o | grep -oE 'Restarts=[1-9]' | wc -l)
claim "Slurm starts the tasks of lost nodes again ($restarts of them)" at_least "$restarts" 2
claim "it does not start a killed program again" grep -qx FAILED <(state "${array}_$victim")
claim "the merge came after all, and says what is missing" grep -q 'shards are missing' "$a/submissions/000/logs/merge.log"
claim "status says incomplete by exit code 75" exits 75 "$HASHFLIGHT" status "$a"
claim "and names the task whose program was killed" says "$a" "task $victim of submission 000.*killed (exit code 137)"
claim "and promises nothing with nobody at work" says "$a" 'nobody is working on it'
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
partition down
submit "$b" --tasks 4 --max-requeue 20
array=$(job "$b" 000 a0)
partition up
claim "four programs are held, each with a shard published and more to make" hold "$b" 4 1 1
# What Slurm does before the time limit, as --signal asks: a sign to the script alone.
claim "the scripts get Slurm's sign that time is up" scancel --batch --signal=USR1 "$array"
claim "and pass it on to the programs" within 60 told USR1 "${held[@]}"
let_go "${held[@]}"
# The programs that continue are held too, and it is Slurm that wakes them, by ending them.
claim "the four come back, and are held amid their work" hold "$b" 4 2 0
claim "four tasks run when the urgent job comes" within 20 all_run "$array" 4
urgent=$(sbatch --parsable -p urgent --nodes=4 --exclusive --mem=64 -o /dev/null --wrap 'sleep 1')
claim "Slurm ends all four for it" within 120 gone "${held[@]}"
drain
claim "an urgent job took the nodes" grep -qx COMPLETED <(state "$urgent")
claim "preempted and out of time, the tasks came back by themselves" merged "$b"
claim "the bytes of one process" same "$b"
claim "told that time is up, the four left with exit code 75 and were continued" \
  all_logs_say "$b" 4 'exit code 75$'
claim "preempted amid their work, the four left with exit code 143" all_logs_say "$b" 4 'exit code 143$'
claim "and came back a second time" all_logs_say "$b" 4 'restart 2$'
claim "nothing in the name was executed" test -z "$(find "$lab" -name executed)"

# --- cancelled, then split --------------------------------------------------------------------------------
partition down
submit "$c" --tasks 4
array=$(job "$c" 000 a0)
partition up
claim "four programs are held, each with a shard published and more to make" hold "$c" 4 1 1
scancel "$array"
drain
claim "a cancelled array stays cancelled" not grep -qvx CANCELLED <(state "$array")
claim "what it had published is kept" at_least "$(published "$c")" 4
claim "status names the tasks that were cancelled" says "$c" 'task 0 of submission 000.*cancelled'
# As after a crash of the controller: an element that waits for somebody to release it.
scontrol requeuehold "${array}_0"
claim "an element that Slurm holds is still queued" within 30 held_back "${array}_0"
submit "$c" --tasks 8 --max-array 3 --throttle 4
claim "what Slurm holds does not bar another submission" grep -q 'Slurm holds' "$lab/submit.log"
scancel "$array"
claim "never more at once than the throttle of all arrays together" watch_throttle 4 "$(names "$c")"
claim "an array longer than the site's limit is split in three" test -s "$c/submissions/001/array2.sbatch"
drain
claim "complete" merged "$c"
claim "the bytes of one process" same "$c"
claim "receipts name Slurm's job" grep -q "\"job\":\"$(job "$c" 001 a2)\"" "$c"/receipts/*.jsonl
echo "$holds claims hold, $fails fail, after $SECONDS s"
[ $fails = 0 ]
