# Medians of what was measured. Sourced. Numbers come on standard input, one a line.

# field NAME FILE: the numbers that the lines of JSON in FILE call NAME.
field() { sed -n 's/.*"'"$1"'": \([0-9.]*\).*/\1/p' "$2"; }

# spread: MEDIAN LEAST MOST
spread() {
  sort -g | awk '
    { v[NR] = $1 }
    END { if (NR) printf "%.10g %s %s\n", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[1], v[NR] }'
}

# interval: MEDIAN LOW HIGH. The median of all that could have been measured lies between LOW and HIGH with 95 %, whatever
# its distribution; with fewer than six numbers these are the least and the most, and promise less.
interval() {
  sort -g | awk '
    { v[NR] = $1 }
    END {
      if (!NR) exit
      way = 0.5 ^ NR
      below = way
      for (rank = 1; ; ++rank) {
        way *= (NR - rank + 1) / rank
        below += way
        if (2 * below > 0.05 || 2 * (rank + 1) > NR) break
      }
      printf "%.10g %s %s\n", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[rank], v[NR + 1 - rank]
    }'
}

# ratios NAME FILE OTHER: line by line, what FILE calls NAME divided by what OTHER calls so.
ratios() { paste <(field "$1" "$2") <(field "$1" "$3") | awk '{ print ($2 > 0 ? $1 / $2 : 1e9) }'; }

# text FORMAT: three numbers as "MEDIAN (LOW..HIGH)", each by FORMAT; "-" for none.
text() { awk -v f="$1" '{ printf f " (" f ".." f ")", $1, $2, $3; some = 1 } END { if (!some) printf "-" }'; }
