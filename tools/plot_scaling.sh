#!/usr/bin/env bash
# Draws what ./bench.sh --scaling FILE measured. Usage: tools/plot_scaling.sh FILE SVG
set -euo pipefail
[[ $# -eq 2 ]] || { echo "usage: tools/plot_scaling.sh FILE SVG" >&2; exit 2; }

FILE=$1 SVG=$2 gnuplot <<'GNUPLOT'
set terminal svg size 960,340 font "sans-serif,12" background "white"
set output system("echo $SVG")
file = system("echo $FILE")
set multiplot layout 1,3
set logscale x 2
set logscale y 10
set autoscale xfix
array titles[3] = ["784-128-10", "three layers, batch 64", "width 256, batch 64"]
array sizes[3] = ["batch", "width", "depth"]
set format y "10^{%T}"
set ylabel "microseconds per step"
set key left top reverse Left
set grid
do for [i=1:3] {
  set title titles[i]
  set xlabel sizes[i]
  plot file index i-1 using 1:3:xtic(1) with linespoints title "LibTorch", \
       file index i-1 using 1:2 with linespoints title "Chainrule", \
       file index i-1 using 1:4 with lines dashtype 2 title "floor"
}
unset multiplot
GNUPLOT
