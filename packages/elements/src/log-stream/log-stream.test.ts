import { expect, fixture, html } from '@open-wc/testing';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import { buttonOf, log, logLine, logLines, scrollTo, seenMessages, shownMessages } from './log.fixture.js';
import type { LogStream } from './log-stream.js';

const foot = (element: Element): string => textOf(element, '.foot').replace(/\s+/g, ' ');

describe('<log-stream>', () => {
  keepConsoleQuiet();

  it('waits for logs while there are none', async () => {
    const element = await log();
    expect(textOf(element, '.blank')).to.contain('Waiting for logs…');
    element.ended = true;
    await drawn();
    expect(textOf(element, '.blank')).to.contain('No lines.');
    element.appendLines([logLine(0)]);
    await drawn();
    expect(element.shadowRoot?.querySelector('.blank')).to.equal(null);
    expect(foot(element)).to.equal('1 line');
  });

  it('writes time, level, task and message as text', async () => {
    const element = await log([logLine(0, { level: 'error', taskId: 'task-3', msg: 'It <b>broke</b>' })]);
    const row = inside(element, '.row');
    expect([...row.children].slice(1).map((one) => one.textContent)).to.deep.equal([
      'ERROR',
      'task-3',
      'It <b>broke</b>',
    ]);
    expect(row.firstElementChild?.getAttribute('datetime')).to.equal('2026-01-01T00:00:00.000Z');
    expect(row.title).to.match(/task-3\nIt <b>broke<\/b>$/);
  });

  it('keeps hostile texts as texts', async () => {
    const plain = await log([logLine(0), logLine(1)]);
    for (const msg of hostileTexts) {
      const element = await log([logLine(0, { msg, taskId: msg }), logLine(1)]);
      expect(shownMessages(element)).to.deep.equal([msg, 'line 1']);
      expect(allElements(element).length).to.equal(allElements(plain).length);
      expect(inside(element, '.row').getBoundingClientRect().height).to.equal(18);
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  it('has only the lines in the document that can be seen, and the height of all', async () => {
    const element = await log(logLines(50_000));
    expect(inside(element, '.space').getBoundingClientRect().height).to.equal(50_000 * 18);
    expect(shownMessages(element).length).to.be.lessThan(60);
    expect(seenMessages(element).at(-1)).to.equal('line 49999');
    await scrollTo(element, 18_000);
    expect(seenMessages(element)[0]).to.equal('line 1000');
    await scrollTo(element, 0);
    expect(seenMessages(element)[0]).to.equal('line 0');
  });

  it('follows the end until someone scrolls up, and again when they are back', async () => {
    const element = await log(logLines(500));
    element.appendLines(logLines(100, 500));
    await drawn();
    expect(seenMessages(element).at(-1)).to.equal('line 599');
    await scrollTo(element, 1800);
    expect(element.follow).to.equal(false);
    const seen = seenMessages(element);
    element.appendLines(logLines(7, 600));
    await drawn(3);
    expect(seenMessages(element)).to.deep.equal(seen);
    expect(textOf(element, '.jump')).to.equal('JUMP TO END (7 new)');
    inside(element, '.jump').click();
    await drawn(3);
    expect(seenMessages(element).at(-1)).to.equal('line 606');
    expect([element.follow, element.shadowRoot?.activeElement?.className]).to.deep.equal([true, 'lines']);
    await scrollTo(element, 1800);
    await scrollTo(element, 1e9);
    expect([element.follow, element.shadowRoot?.querySelector('.jump')]).to.deep.equal([true, null]);
  });

  it('leaves the end with the first pixel, even while lines come in each frame', async () => {
    const element = await log(logLines(500));
    const area = inside(element, '.lines');
    area.scrollTop -= 3;
    element.appendLines(logLines(1, 500));
    await drawn();
    expect(element.follow).to.equal(false);
  });

  it('keeps what is read in its place while older lines are dropped, and says how many', async () => {
    const element = await log();
    element.maxLines = 1000;
    element.appendLines(logLines(1000));
    await drawn();
    await scrollTo(element, 500 * 18 + 5);
    const { top } = inside(element, '.row').getBoundingClientRect();
    const seen = seenMessages(element);
    element.appendLines(logLines(200, 1000));
    await drawn(3);
    expect(seenMessages(element)).to.deep.equal(seen);
    expect(Math.abs(inside(element, '.row').getBoundingClientRect().top - top)).to.be.lessThan(1);
    expect(foot(element)).to.equal('200 earlier lines are no longer shown. 1,000 lines');
    element.appendLines(logLines(900, 1200));
    await drawn(3);
    expect(seenMessages(element)[0]).to.equal('line 1100');
  });

  it('shows one level and what is louder, at the line that is read', async () => {
    const levels = ['debug', 'info', 'info', 'warn', 'error'] as const;
    const element = await log(
      logLines(1000).map((line, i) => ({ ...line, level: levels[i % 5] as (typeof levels)[number] })),
    );
    expect(foot(element)).to.equal('1,000 lines');
    const counts: string[] = [];
    for (const caption of ['INFO', 'WARN', 'ERROR', 'ALL']) {
      buttonOf(element, caption).click();
      await drawn(3);
      counts.push(foot(element));
    }
    expect(counts).to.deep.equal(['800 lines', '400 lines', '200 lines', '1,000 lines']);
    await scrollTo(element, 503 * 18);
    buttonOf(element, 'WARN').click();
    await drawn(3);
    expect(seenMessages(element)[0]).to.equal('line 503');
    element.appendLines([logLine(1000), logLine(1001, { level: 'error' })]);
    await drawn();
    expect(textOf(element, '.jump')).to.equal('JUMP TO END (1 new)');
    expect(buttonOf(element, 'WARN').getAttribute('aria-pressed')).to.equal('true');
  });

  it('says when there are no lines of a level, and takes any attribute', async () => {
    const element = await log([logLine(0)]);
    element.level = 'error';
    await drawn();
    expect(textOf(element, '.blank')).to.equal('No lines of this level.');
    for (const value of ['constructor', '', 'WARN']) {
      element.setAttribute('level', value);
      await drawn();
      expect(foot(element)).to.equal('1 line');
    }
  });

  it('breaks long lines on demand, and then shows the last 500', async () => {
    const element = await log([...logLines(600), logLine(600, { msg: 'long '.repeat(200) })]);
    buttonOf(element, 'WRAP').click();
    await drawn(3);
    expect(shownMessages(element).length).to.equal(500);
    const area = inside(element, '.lines');
    expect(area.scrollWidth).to.equal(area.clientWidth);
    expect(area.scrollHeight - area.scrollTop - area.clientHeight).to.be.lessThan(1);
    expect(foot(element)).to.equal('The last 500 lines, wrapped. 601 lines');
    await scrollTo(element, 200);
    const seen = seenMessages(element);
    element.appendLines(logLines(400, 601));
    await drawn(3);
    expect(seenMessages(element)).to.deep.equal(seen);
    expect(textOf(element, '.jump')).to.equal('JUMP TO END (400 new)');
  });

  it('copies and saves what is shown of the log', async () => {
    const element = await log([logLine(0), logLine(1, { level: 'warn', msg: 'careful' })]);
    element.label = 'Log of job-1';
    element.level = 'warn';
    await drawn();
    const copied: string[] = [];
    const saved: string[] = [];
    const { clipboard } = navigator;
    const writeText = clipboard.writeText.bind(clipboard);
    clipboard.writeText = async (text) => void copied.push(text);
    const click = HTMLAnchorElement.prototype.click;
    const blobs: Promise<string>[] = [];
    HTMLAnchorElement.prototype.click = function () {
      saved.push(this.download);
      blobs.push(fetch(this.href).then((answer) => answer.text()));
    };
    try {
      buttonOf(element, 'COPY').click();
      buttonOf(element, 'DOWNLOAD').click();
      await drawn();
      expect(copied).to.deep.equal(['2026-01-01T00:00:00.010Z WARN  careful\n']);
      expect([saved, await Promise.all(blobs)]).to.deep.equal([['Log-of-job-1.log'], copied]);
      expect(textOf(element, '.head [role=status]')).to.equal('Copied');
    } finally {
      clipboard.writeText = writeText;
      HTMLAnchorElement.prototype.click = click;
    }
  });

  it('says aloud that there are errors, and not each of them', async () => {
    const element = await log(logLines(3));
    const said = (): string => textOf(element, '.unseen');
    expect([said(), inside(element, '[role=log]').getAttribute('aria-live')]).to.deep.equal(['', 'off']);
    const texts: string[] = [];
    for (let i = 0; i < 12; i++) {
      element.appendLines([logLine(i, { level: 'error' })]);
      await drawn();
      if (texts.at(-1) !== said()) texts.push(said());
    }
    expect(texts).to.deep.equal(['There are errors in the log.', 'There are 10 errors or more in the log.']);
  });

  it('begins anew when it is cleared', async () => {
    const element = await log(logLines(500));
    await scrollTo(element, 10);
    element.gap = true;
    element.clear();
    element.appendLines(logLines(2));
    await drawn(3);
    expect(shownMessages(element)).to.deep.equal(['line 0', 'line 1']);
    expect([element.follow, foot(element)]).to.deep.equal([true, '2 lines']);
  });

  it('is written once a frame, and not while it is off screen', async () => {
    const page = await fixture<HTMLElement>(html`
      <div style="height: 300px; overflow: auto"><div style="height: 20000px"></div><log-stream></log-stream></div>
    `);
    const element = page.querySelector('log-stream') as LogStream;
    await drawn(4);
    let draws = 0;
    const draw = element.draw.bind(element);
    element.draw = () => {
      draws += 1;
      draw();
    };
    for (let i = 0; i < 50; i++) element.appendLines([logLine(i)]);
    await drawn();
    expect(draws).to.equal(0);
    element.scrollIntoView();
    await drawn(6);
    expect(shownMessages(element).length).to.be.greaterThan(0);
    draws = 0;
    for (let i = 50; i < 80; i++) element.appendLines([logLine(i)]);
    await drawn();
    expect([draws, seenMessages(element).at(-1)]).to.deep.equal([1, 'line 79']);
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const element = await log(logLines(100));
    const parent = element.parentElement as HTMLElement;
    for (let i = 0; i < 1000; i++) {
      element.remove();
      parent.append(element);
    }
    element.appendLines(logLines(1, 100));
    await drawn(4);
    expect(seenMessages(element).at(-1)).to.equal('line 100');
    element.remove();
    element.appendLines(logLines(1, 101));
    await drawn();
    expect(shownMessages(element).at(-1)).to.equal('line 100');
  });

  for (const theme of themes) {
    it(`has no accessibility violations in the ${theme} theme`, async () => {
      const page = await themedFixture(theme, html`<log-stream></log-stream>`);
      const element = page.querySelector('log-stream') as LogStream;
      element.appendLines([
        logLine(0, { level: 'debug' }),
        logLine(1, { taskId: 'task-1' }),
        logLine(2, { level: 'warn' }),
        logLine(3, { level: 'error' }),
        ...logLines(100, 4),
      ]);
      await drawn(4);
      await scrollTo(element, 0);
      await expect(page).to.be.accessible();
    });
  }
});
