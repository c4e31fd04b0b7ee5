// The HTML page in a real browser: what cannot be seen in its text. `tools/browser_tests.sh` runs this.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const program = process.env.CHAINRULE_PROGRAM;
const source = process.env.CHAINRULE_SOURCE_DIR;
const screenshots = process.env.CHAINRULE_SCREENSHOTS;
const phone = { width: 360, height: 740 };
const desk = { width: 1000, height: 900 };

const pages = [
  { name: 'tutorial-en', example: 'tutorial', options: ['--lang', 'en'] },
  { name: 'tutorial-ko', example: 'tutorial', options: ['--lang', 'ko'] },
  { name: 'softmax-en', example: 'softmax', options: ['--lang', 'en'] },
  { name: 'story-ko', example: 'three_layers', options: ['--lang', 'ko', 'W3'] },
];

// Pages without a drawing of their own, and one with blanks to fill in.
const exercise = { name: 'exercise-en', example: 'tutorial', options: ['--exercise', '4'] };
const more = [
  { name: 'expression-en', example: 'micrograd', options: ['--lang', 'en'] },
  { name: 'expression-ko', example: 'lstm', options: ['--lang', 'ko'] },
  exercise,
  { name: 'exercise-ko', example: 'cs231n_neuron', options: ['--lang', 'ko', '--exercise', '2'] },
  { name: 'steps-en', example: 'nielsen', options: ['--lang', 'en'] },
  { name: 'matrix-en', example: 'tutorial', options: ['--lang', 'en', '--form', 'matrix'] },
  { name: 'matrix-ko', example: 'tutorial', options: ['--lang', 'ko', '--form', 'matrix'] },
  { name: 'notation-en', example: 'mazur', options: ['--lang', 'en', '--notation', 'mazur'] },
];

// Of a training: a number's story, and the report.
const story = { name: 'run-story-en', command: ['explain', 'dense1.weight[2,3]', '--format', 'html'] };
const reports = [
  { name: 'report-en', command: ['report'] },
  { name: 'report-ko', command: ['report', '--lang', 'ko'] },
];
// Of two trainings, of two steps and of an epoch.
const other = join(screenshots, 'other');
const changes = [
  { name: 'compare-en', command: ['compare', other] },
  { name: 'compare-ko', command: ['compare', other, '--lang', 'ko'] },
  { name: 'diff-en', command: ['diff', '--from', '10', '--to', '40'] },
  { name: 'validation-ko', command: ['explain', 'validation.loss', '--epoch', '4', '--lang', 'ko'] },
];
const every = [...pages, ...more, story, ...reports];

let browser;

before(async () => {
  mkdirSync(screenshots, { recursive: true });
  for (const page of [...pages, ...more]) {
    page.file = join(screenshots, page.name + '.html');
    execFileSync(program, ['explain', join(source, 'examples', page.example + '.toml'),
      '--format', 'html', '-o', page.file, ...page.options]);
  }
  const run = join(screenshots, 'run');
  rmSync(run, { recursive: true, force: true });
  execFileSync(program, ['train', join(source, 'data', 'iris.csv'), '--out', run, '--epochs', '30', '--quiet']);
  rmSync(other, { recursive: true, force: true });
  execFileSync(program, ['train', join(source, 'data', 'iris.csv'), '--out', other, '--epochs', '20', '--lr', '0.02', '--quiet']);
  for (const page of [story, ...reports, ...changes]) {
    page.file = join(screenshots, page.name + '.html');
    const [command, ...options] = page.command;
    execFileSync(program, [command, run, ...options, '-o', page.file], { stdio: 'ignore' });
  }
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
});

after(() => browser?.close());

// Calls use(page) with the page open; anything it logs, throws or asks the network for is a failure.
async function opened({ file }, options, use) {
  const context = await browser.newContext({ viewport: desk, ...options });
  const complaints = [];
  try {
    const page = await context.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) complaints.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    await use(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

// In the page: every text on the screen with less contrast than `least`, by the rule of WCAG.
function faintTexts(least) {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const background = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = channels(getComputedStyle(e).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const inside = element.closest('svg') !== null;
    const [a, b] = [channels(inside ? style.fill : style.color), background(element)].map(luminance);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < least) faint.push(`${walker.currentNode.data.trim()}: ${contrast.toFixed(2)}`);
  }
  return faint;
}

for (const colorScheme of ['light', 'dark'])
  for (const page of every)
    test(`${page.name} is readable, ${colorScheme}`, async () => {
      await opened(page, { colorScheme }, async (tab) => {
        assert.deepEqual(await tab.evaluate(faintTexts, 4.5), []);
        assert.ok((await tab.evaluate(faintTexts, 21)).length > 20, 'the check can fail');
        await tab.screenshot({ path: join(screenshots, `${page.name}-${colorScheme}.png`), fullPage: true });
      });
    });

// By the rules that axe-core knows, on a phone, with all that folds unfolded. (Contrast has a test of its own.)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
for (const page of [...every, ...changes])
  test(`${page.name} can be used by everyone`, async () => {
    await opened(page, { viewport: phone }, async (tab) => {
      await tab.evaluate(() => document.querySelectorAll('details').forEach((e) => { e.open = true; }));
      await tab.evaluate(axe);
      const violations = (options) => tab.evaluate(async (o) =>
        (await window.axe.run(document, { resultTypes: ['violations'], ...o })).violations.map((violation) =>
          `${violation.id}, ${violation.nodes.length} times: ${violation.nodes[0].html.slice(0, 200)}`), options);
      assert.deepEqual(await violations({ rules: { 'color-contrast': { enabled: false } } }), []);
      await tab.evaluate(() => document.documentElement.removeAttribute('lang'));
      assert.equal((await violations({ runOnly: ['html-has-lang'] })).length, 1, 'the check can fail');
    });
  });

test('dark and light have colours of their own', async () => {
  const colours = [];
  for (const colorScheme of ['light', 'dark'])
    await opened(pages[0], { colorScheme }, async (tab) => {
      colours.push(await tab.evaluate(() => {
        const { backgroundColor } = getComputedStyle(document.documentElement);
        return [backgroundColor, getComputedStyle(document.body).color];
      }));
    });
  assert.notEqual(colours[0][0], colours[1][0]);
  assert.notEqual(colours[0][1], colours[1][1]);
});

for (const page of every)
  test(`${page.name} fits a phone: nothing but formulas' and tables' own boxes scrolls sideways`, async () => {
    await opened(page, { viewport: phone }, async (tab) => {
      const [content, screen] =
        await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= screen, `${content} px on a screen of ${screen}`);
      await tab.screenshot({ path: join(screenshots, `${page.name}-phone.png`), fullPage: true });
    });
  });

for (const page of [...pages, story])
  test(`${page.name}: every formula is rendered`, async () => {
    await opened(page, {}, async (tab) => {
      // Numbers that are folded away have no boxes until they are asked for.
      const { all, flat } = await tab.evaluate(() => {
        document.querySelectorAll('details').forEach((d) => (d.open = true));
        const formulas = [...document.querySelectorAll('math')];
        const size = (e) => e.getBoundingClientRect();
        return { all: formulas.length,
          flat: formulas.filter((e) => size(e).width < 3 || size(e).height < 3).map((e) => e.outerHTML) };
      });
      assert.ok(all > 40, `${all} formulas`);
      assert.deepEqual(flat, []);
      // A fraction's numerator stands above its denominator: this is MathML, not words in a row.
      const stacked = await tab.evaluate(() => [...document.querySelectorAll('mfrac')].every((f) =>
        f.children[0].getBoundingClientRect().bottom <= f.children[1].getBoundingClientRect().top + 1));
      assert.ok(stacked);
    });
  });

// In the page: rows of one formula that are nearer to each other than `least` pixels.
function crowdedRows(least) {
  const crowded = [];
  for (const line of document.querySelectorAll('.right')) {
    const boxes = [...line.querySelectorAll('math')].map((e) => [e.getBoundingClientRect(), e]);
    boxes.forEach(([a, first], i) => boxes.slice(i + 1).forEach(([b, second]) => {
      const beside = a.right <= b.left + 1 || b.right <= a.left + 1;
      const apart = Math.max(b.top - a.bottom, a.top - b.bottom);
      if (!beside && apart < least) crowded.push(`${first.textContent} and ${second.textContent}`);
    }));
  }
  return crowded;
}

for (const page of [...pages, story])
  test(`${page.name}: formulas that go on in another row keep clear of the row above`, async () => {
    await opened(page, { viewport: phone }, async (tab) => {
      assert.deepEqual(await tab.evaluate(crowdedRows, 3), []);
      await tab.addStyleTag({ content: '.terms, .terms span { row-gap: 0; }' });
      assert.notDeepEqual(await tab.evaluate(crowdedRows, 3), [], 'the check can fail');
    });
  });

test('the equals signs of a group stand below each other', async () => {
  await opened(pages[0], {}, async (tab) => {
    const uneven = await tab.evaluate(() => [...document.querySelectorAll('.lines')].filter((group) => {
      const lefts = [...group.querySelectorAll('.right')].map((e) => e.getBoundingClientRect().left);
      return Math.max(...lefts) - Math.min(...lefts) > 0.5;
    }).length);
    assert.equal(uneven, 0);
  });
});

test('the outline: landmarks, headings in order, a named drawing', async () => {
  for (const page of pages)
    await opened(page, {}, async (tab) => {
      const language = page.options[1];
      assert.equal(await tab.locator('html').getAttribute('lang'), language);
      for (const landmark of ['banner', 'main', 'navigation'])
        assert.equal(await tab.getByRole(landmark).count(), 1, landmark);
      const levels = await tab.evaluate(() =>
        [...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1])));
      assert.equal(levels.filter((level) => level === 1).length, 1);
      levels.forEach((level, i) => assert.ok(i === 0 || level <= levels[i - 1] + 1));
      const name = language === 'ko' ? '신경망' : 'The network';
      assert.ok(await tab.getByRole('img', { name }).isVisible());
      assert.ok((await tab.getByRole('rowheader').count()) > 0);
    });
});

test("a report's charts are named, and its tables have headers", async () => {
  for (const page of reports)
    await opened(page, {}, async (tab) => {
      const charts = await tab.getByRole('img').evaluateAll((all) => all.map((e) => e.getAttribute('aria-label')));
      assert.ok(charts.length >= 4 && charts.every((name) => name.length > 3), charts.join('; '));
      const drawn = await tab.evaluate(() => [...document.querySelectorAll('.chart > svg polyline')].every((e) => e.getAttribute('points').length > 20));
      assert.ok(drawn);
      assert.ok((await tab.getByRole('columnheader').count()) > 10);
      assert.ok((await tab.getByRole('rowheader').count()) > 5);
    });
});

// In the page: the smallest height in pixels that a chart's words have on the screen.
const smallestWord = (tab) => tab.evaluate(() => Math.min(...[...document.querySelectorAll('.chart > svg')]
  .map((svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width *
    Math.min(...[...svg.querySelectorAll('text')].map((t) => parseFloat(getComputedStyle(t).fontSize))))));

test("a report's charts are readable on a phone", async () => {
  for (const page of reports)
    await opened(page, { viewport: { width: 390, height: 740 } }, async (tab) => {
      assert.ok((await smallestWord(tab)) >= 9, `${await smallestWord(tab)} px`);
      await tab.addStyleTag({ content: '.chart text { font-size: 12px !important; }' });
      assert.ok((await smallestWord(tab)) < 9, 'the check can fail');
    });
});

test('every link in a report leads to what is there, and a cell of the matrix to its rows', async () => {
  for (const page of reports)
    await opened(page, {}, async (tab) => {
      const links = await tab.evaluate(() => [...document.querySelectorAll('a[href]')].map((a) =>
        [a.getAttribute('href'), document.getElementById(a.getAttribute('href').slice(1)) !== null]));
      assert.ok(links.length >= 3);
      assert.deepEqual(links.filter(([href, there]) => !href.startsWith('#') || !there), []);
      const cell = tab.locator('td a[href^="#cell"]').first();
      await cell.focus();
      await tab.keyboard.press('Enter');
      const target = tab.locator(await cell.getAttribute('href'));
      assert.ok(await target.isVisible(), 'what was folded is open');
      assert.ok(await target.evaluate((e) => e.getBoundingClientRect().bottom > 0 && e.getBoundingClientRect().top < innerHeight));
      assert.match(await target.locator('code').first().textContent(), /^\S*chainrule explain .* --row \d+/);
    });
});

test('every number of a report leads to its story, which unfolds; without scripts, too', async () => {
  for (const page of reports)
    for (const javaScriptEnabled of [true, false])
      await opened(page, { javaScriptEnabled }, async (tab) => {
        const links = tab.locator('.report td.number a');
        assert.ok((await links.count()) > 20);
        for (const href of ['#score-accuracy', '#epoch-validation', '#layer-0', '#column-0', '#importance']) {
          const story = tab.locator(href);
          assert.ok(!(await story.isVisible()), `${href} is folded`);
          await tab.locator(`.report a[href="${href}"]`).first().click();
          assert.ok(await story.isVisible(), href);
        }
      });
});

test('a button copies a command', async () => {
  for (const page of reports)
    await opened(page, { viewport: { width: 390, height: 740 } }, async (tab) => {
      await tab.locator('.facts a').first().press('Enter');
      const story = tab.locator('#training'), code = story.locator('code').first();
      const button = story.getByRole('button').first();
      const before = await button.textContent();
      await button.press('Enter');
      await tab.waitForFunction((words) => document.querySelector('#training button').textContent !== words, before);
      assert.equal(await tab.evaluate(() => getSelection().toString()), await code.textContent());
    });
});

test('paper cuts no formula and no table', async () => {
  for (const page of [pages[0], story, reports[0]])
    await opened(page, { viewport: { width: 680, height: 900 } }, async (tab) => {
      await tab.emulateMedia({ media: 'print' });
      const cut = () => tab.evaluate(() => [...document.querySelectorAll('.terms, .scroll, .value, .part')]
        .filter((e) => e.getClientRects().length && e.scrollWidth > e.clientWidth + 1 &&
          getComputedStyle(e).overflowX !== 'visible').map((e) => e.textContent.trim().slice(0, 60)));
      assert.deepEqual(await cut(), []);
    });
});

test('the keyboard folds and unfolds, and follows the contents', async () => {
  await opened(pages[0], {}, async (tab) => {
    const first = tab.locator('section details').first();
    await first.locator('summary').first().focus();
    await tab.keyboard.press('Enter');
    assert.equal(await first.getAttribute('open'), null);
    await tab.keyboard.press('Enter');
    assert.notEqual(await first.getAttribute('open'), null);
    await tab.locator('nav a').last().focus();
    await tab.keyboard.press('Enter');
    assert.ok(await tab.evaluate(() => scrollY > 500));
  });
});

test('on paper nothing is folded away, and nothing is dark', async () => {
  await opened(pages[0], { colorScheme: 'dark' }, async (tab) => {
    await tab.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = false)));
    await tab.emulateMedia({ media: 'print' });
    assert.ok(await tab.locator('table').first().isVisible());
    assert.equal(await tab.evaluate(() => getComputedStyle(document.documentElement).backgroundColor),
      'rgb(255, 255, 255)');
    await tab.pdf({ path: join(screenshots, 'tutorial-en.pdf'), format: 'A4' });
  });
});

// What stands on the page: the solutions by the blanks' numbers, in a section that is folded.
const solutions = (tab) => tab.evaluate(() =>
  [...document.querySelectorAll('input[data-right]')].map((input) => Number(input.dataset.right)));

test('an exercise tells what is wrong with an answer, and what is right', async () => {
  await opened(exercise, {}, async (tab) => {
    const right = await solutions(tab);
    assert.ok(right.length >= 4);
    const answered = async (i, text) => {
      const input = tab.getByRole('textbox', { name: `Blank ${i + 1}`, exact: true });
      await input.fill(text);
      await input.press('Enter');
      await input.blur();
      return tab.locator('output').nth(i).textContent();
    };
    for (let i = 0; i !== right.length; ++i) {
      assert.equal(await answered(i, String(right[i])), 'Right.');
      assert.match(await answered(i, String(-right[i])), /sign/);
      assert.match(await answered(i, (right[i] * 1.0117).toPrecision(12)), /digits|factor|term|derivative/);
      assert.match(await answered(i, 'one half'), /Write a number/);
      assert.match(await answered(i, '98765'), /Not this number/);
      assert.equal(await answered(i, ''), '');
    }
  });
});

test('without scripts an exercise has its blanks, and its solutions to unfold', async () => {
  await opened(exercise, { javaScriptEnabled: false }, async (tab) => {
    assert.ok(await tab.getByRole('textbox', { name: 'Blank 1', exact: true }).isVisible());
    const last = tab.locator('section').last();
    assert.ok(!(await last.locator('li').first().isVisible()));
    await last.locator('summary').click();
    assert.ok(await last.locator('li').first().isVisible());
  });
});

test('without scripts the page is the same', async () => {
  await opened(pages[0], { javaScriptEnabled: false }, async (tab) => {
    assert.ok(await tab.getByRole('heading', { level: 1 }).isVisible());
  });
});
