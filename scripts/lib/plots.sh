# Bar charts. Sourced.

# bars TITLE: an SVG document. Lines of GROUP|NAME|MEDIAN|LOW|HIGH come on standard input, in the order of drawing; what has the
# same NAME has the same colour, and from LOW to HIGH there is a thin line.
bars() {
  awk -F '|' -v title="$1" '
    function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); return text }
    function text(x, y, words, anchor, fill) {
      return sprintf("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n", x, y, anchor, fill, escaped(words))
    }
    function x_of(value) { return left + (width - left - right) * value / most }
    function bar(y, median, low, high, fill) {
      return sprintf("<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", left, y, x_of(median) - left,
        row - 3, fill) sprintf("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#222\"/>\n", x_of(low),
        y + (row - 3) / 2, x_of(high), y + (row - 3) / 2)
    }
    BEGIN {
      width = 900; left = 230; right = 90; row = 15
      split("#27a #c60 #7a5 #999 #a4a #b88", colours, " ")
    }
    {
      group[NR] = $1; name[NR] = $2; median[NR] = $3; low[NR] = $4; high[NR] = $5
      if (!($2 in colour)) colour[$2] = colours[++named]
      if ($5 > most) most = $5
    }
    END {
      y = 36
      for (i = 1; i <= NR; ++i) {
        if (group[i] != group[i - 1]) { y += 8; body = body text(10, y + 11, group[i], "start", "#222") }
        body = body text(left - 6, y + 11, name[i], "end", "#555") bar(y, median[i], low[i], high[i], colour[name[i]])
        body = body text(x_of(high[i]) + 6, y + 11, sprintf(median[i] < 10 ? "%.2f" : "%.0f", median[i]), "start", "#222")
        y += row
      }
      printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"11\">\n", \
        width, y + 12
      print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
      printf "<text x=\"10\" y=\"20\" font-weight=\"bold\" fill=\"#222\">%s</text>\n%s</svg>\n", escaped(title), body
    }'
}
