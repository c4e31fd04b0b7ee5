#!/usr/bin/env bash
# Draws what ./bench.sh --scaling FILE measured. Usage: tools/plot_scaling.sh FILE SVG
set -euo pipefail
[[ $# -eq 2 ]] || { echo "usage: tools/plot_scaling.sh FILE SVG" >&2; exit 2; }

FILE=$1 SVG=$2 gnuplot <<'GNUPLOT'
set terminal svg size 960,340 font "sans-serif,12" background "white"
set output system("echo $SVG")
file = system("echo $FILE")
set multiplot layout 1,3
set logscale xy
set format y "10^{%T}"
set ylabel "microseconds per step"
set key left top
set grid
do for [i=0:2] {
  set title word("784-128-10 3_layers,_batch_64 width_256,_batch_64", i + 1) noenhanced
  set xlabel word("batch width depth", i + 1)
  plot file index i using 1:3 with linespoints title "LibTorch", \
       file index i using 1:2 with linespoints title "Chainrule", \
       file index i using 1:4 with lines dashtype 2 title "floor"
}
unset multiplot
GNUPLOT
