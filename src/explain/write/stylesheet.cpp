#include "explain/write/html.h"

namespace chainrule::page {

// Colours have a contrast of 4.5 or more with their background, in both schemes. Neither < nor &
// may occur here: the page is XML.
const std::string_view stylesheet = R"css(:root {
  --paper: #fcfbf8; --card: #f4f2ec; --rule: #dcd8ce; --ink: #23262c; --quiet: #5a606a;
  --accent: #1d5a9e; --value: #e3edf8; --negative: #a8480f; --glow: #f2c14e; --good: #1c6b43;
  --bad: #b3261e;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #15181d; --card: #1c2027; --rule: #343a45; --ink: #e4e2dc; --quiet: #a4abb6;
    --accent: #8fbdf2; --value: #22344a; --negative: #f0a36b; --glow: #8a6a1f; --good: #7fcf9f;
    --bad: #ff9b90;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 5rem; max-width: 50rem; line-height: 1.7;
  font-family: Charter, "Bitstream Charter", "Source Serif 4", Georgia, "DejaVu Serif", serif;
}
:lang(ko) body {
  font-family: "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR",
    NanumGothic, sans-serif;
  word-break: keep-all;
}
math {
  font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", "Libertinus Math",
    "Noto Sans Math", math;
  font-size: 1.08em;
}
p math, .lines math { math-style: normal; }
h1 { font-size: clamp(1.5rem, 1.1rem + 2vw, 2.1rem); line-height: 1.25; margin: 0 0 1.5rem; }
h2 { font-size: 1.35rem; line-height: 1.3; }
h3 { font-size: 1.05rem; color: var(--quiet); }
h1, h2, h3 { font-weight: 600; text-wrap: balance; }
p { margin: 0.8rem 0; }
a { color: var(--accent); text-underline-offset: 0.2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 3px; }

nav { margin: 1.5rem 0 2.5rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.3rem 1.4rem; list-style: none; margin: 0; padding: 0; }

section { border-top: 1px solid var(--rule); padding-top: 0.6rem; margin-top: 2rem; }
summary { cursor: pointer; display: flex; align-items: baseline; gap: 0.6rem; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before {
  content: ""; flex: none; width: 0.45rem; height: 0.45rem; transform: rotate(-45deg);
  border-right: 2px solid var(--quiet); border-bottom: 2px solid var(--quiet);
  position: relative; top: -0.1rem;
}
details[open] > summary::before { transform: rotate(45deg); top: -0.2rem; }
summary h2, summary h3 { margin: 0.6rem 0; }

.blank { border: 1px solid var(--quiet); border-radius: 0.2em; padding: 0 0.25em; }
.question { font-size: 0.9em; }
.question input {
  font: inherit; width: 8.5rem; max-width: 100%; color: var(--ink); background: var(--paper);
  border: 1px solid var(--quiet); border-radius: 0.25rem; padding: 0.15rem 0.4rem;
}
output.right { color: var(--good); }
output.wrong { color: var(--bad); }

.lines {
  display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.6rem 0.45rem;
  align-items: baseline; background: var(--card); border-radius: 0.5rem;
  padding: 0.8rem 1rem; margin: 0.9rem 0;
}
.lines p { display: contents; }
.left { text-align: right; }
.right { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.65rem 0.45rem; min-width: 0; }
.part, .value { display: flex; align-items: baseline; gap: 0.3em; max-width: 100%; min-width: 0; }
.terms, .terms span { display: flex; flex-wrap: wrap; align-items: baseline; min-width: 0; }
.terms, .terms span { row-gap: 0.4rem; }
.right math { line-height: 1.4; }
.part .terms, .value .terms { padding: 0.1rem 0; }
.value { color: var(--accent); }
.value .terms { background: var(--value); border-radius: 0.25rem; padding: 0.12rem 0.35em; }

.listing { margin: 0.8rem 0; }
div.listing { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; }
.listing ul {
  display: flex; flex-wrap: wrap; gap: 0 1.1rem; list-style: none; margin: 0; padding: 0;
}

.scroll { overflow-x: auto; position: relative; }
table { border-collapse: collapse; margin: 1rem 0; min-width: min(100%, 30rem); }
caption, .spoken {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
th, td { padding: 0.3rem 0.9rem; text-align: right; border-bottom: 1px solid var(--rule); }
th:first-child { text-align: left; padding-left: 0.2rem; }
thead th { font-weight: 600; color: var(--quiet); border-bottom-width: 2px; }
tbody th { font-weight: 400; }
td:last-child { color: var(--accent); }
table, svg { font-variant-numeric: tabular-nums lining-nums; }

figure { margin: 1.5rem 0; }
figcaption { color: var(--quiet); font-size: 0.92rem; text-align: center; }
svg { display: block; margin: 0 auto; max-width: 100%; height: auto; }
svg text { fill: var(--ink); font-size: 13px; text-anchor: middle; }
svg .letter { font-style: italic; }
svg .low { font-size: 75%; }
svg .column, svg .value, svg .target, svg .more { fill: var(--quiet); }
svg .value { fill: var(--accent); }
svg .neuron text { font-size: 16px; }
svg .plate { fill: var(--paper); }
svg .value, svg .target {
  paint-order: stroke; stroke: var(--paper); stroke-width: 5px; stroke-linejoin: round;
}
circle { fill: var(--card); stroke: var(--quiet); stroke-width: 1.5; }
.positive { stroke: var(--accent); }
.negative { stroke: var(--negative); stroke-dasharray: 7 5; }
.positive, .negative { stroke-opacity: 0.75; }
svg.lit line { stroke-opacity: 0.22; }
svg.lit .way { stroke-opacity: 1; }
svg .neuron.way circle { fill: var(--value); stroke: var(--accent); stroke-width: 3; }
svg.lit .glow { stroke: var(--glow); stroke-width: 11; stroke-opacity: 0.55; stroke-linecap: round; }

.passed, .failed { font-weight: 600; }
.passed { color: var(--good); }
.failed { color: var(--bad); }

@media (max-width: 34rem) {
  body { padding: 1.5rem 1rem 3rem; }
  .lines { padding: 0.7rem 0.6rem; gap: 0.6rem 0.3rem; }
  th, td { padding: 0.3rem 0.5rem; }
  svg text { font-size: 15px; }
  svg .neuron text { font-size: 18px; }
}
@media print {
  :root { --paper: #fff; --card: #fff; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  nav { display: none; }
  .lines { border: 1px solid var(--rule); }
  .part .terms, .value .terms, .scroll { overflow: visible; }
  .right math, .terms { white-space: normal; }
  .report { font-size: 8.5pt; } .report th, .report td { padding: 0.15rem 0.3rem; }
  .chart, .signs li { break-inside: avoid; }
  .lines p, tr, figure { break-inside: avoid; }
  summary { break-after: avoid; }
  summary::before { display: none; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
}

.chart { margin: 1rem 0 1.5rem; }
.chart > svg { width: 100%; height: auto; display: block; }
.chart text { fill: var(--quiet); font-size: 12px; }
.chart .grid { stroke: var(--rule); stroke-width: 1; }
.chart .diagonal { stroke: var(--quiet); stroke-dasharray: 4 4; }
.series { --line: var(--accent); }
.series.s1 { --line: var(--negative); } .series.s2 { --line: var(--good); }
.series.s3 { --line: var(--bad); } .series.s4 { --line: var(--quiet); }
.series polyline { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; }
.series.s1 polyline { stroke-dasharray: 7 3; } .series.s2 polyline { stroke-dasharray: 2 3; }
.series.s3 polyline { stroke-dasharray: 9 3 2 3; } .series.s5 polyline { stroke-dasharray: 4 2; }
.series.s5 { --line: var(--ink); }
.series circle { fill: var(--line); fill-opacity: 0.7; }
.series .edge { fill: var(--paper); stroke: var(--line); stroke-width: 2; }
.chart .tick { text-anchor: end; }
.chart .end { text-anchor: start; fill: var(--ink); }
@media (max-width: 34rem) { .chart text { font-size: 20px; } }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; list-style: none; margin: 0.2rem 0; padding: 0; }
.bars rect { fill: var(--accent); fill-opacity: 0.55; }
.bars .interval { stroke: var(--ink); stroke-width: 1.5; }
.bars .name { text-anchor: end; } .bars .amount { text-anchor: start; }
.report td:last-child { color: inherit; font-weight: inherit; }
h1, code { overflow-wrap: anywhere; }
.legend li { display: flex; align-items: center; }
.key { flex: none; width: 1.8rem; height: 0.5rem; margin-right: 0.4rem; vertical-align: middle; }
.report th, .report td { text-align: left; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0.2rem 1.2rem; }
.facts dt { color: var(--quiet); font-size: 0.9rem; } .facts dd { margin: 0; overflow-wrap: anywhere; }
.pictures { display: flex; flex-wrap: wrap; gap: 0.8rem; }
.pictures figure { margin: 0; width: 7rem; } .pictures figcaption { overflow-wrap: anywhere; }
.pictures img { width: 7rem; height: 7rem; object-fit: contain; image-rendering: pixelated; border: 1px solid var(--rule); }
.signs { padding-left: 1.2rem; } .signs p { margin: 0.3rem 0; }
.report .number { text-align: right; }
.report a { color: inherit; text-decoration-style: dotted; text-decoration-color: var(--accent); }
.report a:hover { color: var(--accent); }
.facts a { color: inherit; text-decoration-style: dotted; text-decoration-color: var(--accent); }
.command { user-select: all; -webkit-user-select: all; background: var(--card); border-radius: 0.25rem; padding: 0.1rem 0.3rem; }
.copy {
  font: inherit; font-size: 0.8rem; color: var(--ink); background: var(--paper); cursor: pointer;
  border: 1px solid var(--quiet); border-radius: 0.25rem; padding: 0.05rem 0.5rem; min-height: 1.5rem;
}
.story { margin: 0.4rem 0 0.4rem 0.4rem; border-left: 2px solid var(--rule); padding-left: 0.8rem; }
.story > summary { font-size: 0.95rem; } .story[open] { border-left-color: var(--accent); }
@media print { .copy { display: none; } .command { padding: 0; } }
)css";

}  // namespace chainrule::page
