import { CorralError, type RegisterRequest } from '@corral/core';
import { expect } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { EndpointAddEvent, EndpointCheckEvent } from '../events/endpoint-events.js';
import { drawn, inside } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import type { LlmRegistryTable } from './llm-registry-table.js';
import {
  all,
  cell,
  endpoint,
  hubWith,
  names,
  press,
  read,
  rowOf,
  tableOf,
  type,
  underHub,
} from './registry.fixture.js';

const field = (table: Element, name: string): HTMLInputElement => inside(table, `#add-${name}`);
const note = (table: Element, name: string): string => read(inside(table, `#add-${name}-note`));
const alertOf = (table: Element): string => read(inside(table, 'form [role=alert]'));
const focused = (table: Element): string => table.shadowRoot?.activeElement?.id ?? '';

/** Answers every wish to add with `answer`, and keeps what was asked. */
function answering(table: LlmRegistryTable, answer: () => Promise<unknown>): RegisterRequest[] {
  const asked: RegisterRequest[] = [];
  table.addEventListener('endpoint-add', (event: EndpointAddEvent) => {
    asked.push(event.request);
    event.respondWith(answer());
  });
  return asked;
}

const refusal = (fields: Record<string, string>): Promise<never> =>
  Promise.reject(
    new CorralError('invalid_host', Object.values(fields)[0] ?? 'Refused', { details: { fields } }),
  );

describe('<llm-registry-table>: what a person asks for', () => {
  keepConsoleQuiet();

  it('adds an endpoint by host alone: Enter submits, the form empties, and the host has the focus', async () => {
    const hub = hubWith([]);
    const table = await underHub(hub);
    expect(field(table, 'port').placeholder).to.equal('11434');
    field(table, 'host').focus();
    await sendKeys({ type: 'box.lan' });
    await sendKeys({ press: 'Enter' });
    await drawn();
    expect(hub.commands).to.deep.equal(['register box.lan:11434']);
    expect(names(table)).to.deep.equal(['box.lan:11434']);
    expect([field(table, 'host').value, focused(table)]).to.deep.equal(['', 'add-host']);
    expect(read(inside(table, 'form [role=status]'))).to.equal('box.lan is added');
  });

  it('sends what was typed, and leaves out what was not', async () => {
    const table = await tableOf([]);
    const asked = answering(table, async () => {});
    await type(table, '#add-host', ' http://box ');
    await press(table, '.add');
    await press(table, '.form-more');
    expect(inside(table, '#rare').hidden).to.equal(false);
    for (const [name, text] of Object.entries({
      host: 'box',
      port: '8000',
      name: ' desk ',
      apiKey: ' k ',
      basePath: '/v',
    }))
      await type(table, `#add-${name}`, text);
    inside<HTMLSelectElement>(table, '#add-scheme').value = 'https';
    await press(table, '.add');
    expect(asked).to.deep.equal([
      { host: 'http://box' },
      { host: 'box', port: '8000', name: 'desk', apiKey: ' k ', scheme: 'https', basePath: '/v' },
    ]);
    expect(all<HTMLInputElement>(table, 'form input').map(({ value }) => value)).to.deep.equal([
      '',
      '',
      '',
      '',
      '',
    ]);
    expect(table.shadowRoot?.innerHTML).not.to.contain(' k ');
  });

  it('asks for a host before it asks anybody else', async () => {
    const table = await tableOf([]);
    const asked = answering(table, async () => {});
    await press(table, '.add');
    expect(asked).to.deep.equal([]);
    expect([note(table, 'host'), focused(table)]).to.deep.equal([
      'Expected a name or an address',
      'add-host',
    ]);
    await type(table, '#add-host', 'b');
    expect(note(table, 'host')).to.equal('A name or an address');
  });

  for (const [row, name, message] of [
    ['I2', 'host', 'This endpoint is in the registry already'],
    ['I3', 'host', 'The address is not allowed'],
    ['I12', 'host', 'Expected a host name or an IP address'],
    ['I14', 'port', 'Expected a port from 1 to 65535'],
    ['I16', 'scheme', 'Expected http or https'],
    ['I17', 'basePath', 'Expected a path'],
    ['I18', 'host', 'This is the hub itself'],
    ['I22', 'apiKey', 'Expected a key of printable characters'],
    ['I48', 'name', 'Expected a shorter name'],
  ] as const)
    it(`shows the answer of ${row} at the field ${name}, until it is edited`, async () => {
      const table = await tableOf([]);
      answering(table, () => refusal({ [name]: message }));
      await type(table, '#add-host', 'box');
      await press(table, '.add');
      expect([note(table, name), alertOf(table)]).to.deep.equal([message, '']);
      expect([field(table, name).ariaInvalid, focused(table)]).to.deep.equal(['true', `add-${name}`]);
      expect(field(table, 'host').value).to.equal('box');
      await type(table, `#add-${name}`, 'http');
      expect([note(table, name) === message, field(table, name).ariaInvalid]).to.deep.equal([false, 'false']);
    });

  it('shows a refusal that is of no field as an alert, and says when it is pending', async () => {
    const table = await tableOf([]);
    let refuse: (error: Error) => void = () => {};
    const asked = answering(table, () => new Promise((_, reject) => (refuse = reject)));
    await type(table, '#add-host', 'box');
    await press(table, '.add');
    expect([inside(table, '.add').ariaBusy, read(inside(table, 'form [role=status]'))]).to.deep.equal([
      'true',
      'Adding…',
    ]);
    await press(table, '.add');
    expect(asked.length).to.equal(1);
    refuse(new Error('Too many endpoints'));
    await drawn();
    expect([alertOf(table), inside(table, '.add').ariaBusy]).to.deep.equal(['Too many endpoints', 'false']);
    await type(table, '#add-host', 'box2');
    expect(alertOf(table)).to.equal('');
  });

  it('checks each row on its own: pending, refused, and done', async () => {
    const hub = hubWith([endpoint('a'), endpoint('b')]);
    const table = await underHub(hub);
    const waiting = new Map<string, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
    table.addEventListener('endpoint-check', (event: EndpointCheckEvent) => {
      event.respondWith(
        new Promise((resolve, reject) => void waiting.set(event.endpointId, { resolve, reject })),
      );
    });
    const check = (name: string): HTMLElement => rowOf(table, name).querySelector('.check') as HTMLElement;
    check('a').click();
    check('b').click();
    check('b').click();
    await drawn();
    expect([...waiting.keys(), check('a').ariaBusy, check('b').ariaBusy]).to.deep.equal([
      'a',
      'b',
      'true',
      'true',
    ]);
    expect(read(check('a'))).to.equal('CHECKING');
    waiting.get('a')?.resolve(undefined);
    waiting.get('b')?.reject(new Error('The hub is busy'));
    await drawn();
    expect([check('a').ariaBusy, check('b').ariaBusy]).to.deep.equal(['false', 'false']);
    expect(['a', 'b'].map((name) => read(rowOf(table, name).querySelector('[role=alert]')))).to.deep.equal([
      '',
      'The hub is busy',
    ]);
  });

  it('removes a manual endpoint after a question, and no other', async () => {
    const hub = hubWith([
      endpoint('auto', { source: 'auto', origin: 'agent' }),
      endpoint('mine'),
      endpoint('other'),
    ]);
    const table = await underHub(hub);
    expect(all(table, '.remove').map((button) => button.ariaLabel)).to.deep.equal([
      'Remove mine',
      'Remove other',
    ]);
    await press(table, '.remove');
    expect(table.shadowRoot?.activeElement?.className).to.equal('cancel');
    expect(cell(table, 'mine', 'confirm')).to.contain('Remove mine?');
    await sendKeys({ press: 'Escape' });
    await drawn();
    expect(table.shadowRoot?.activeElement?.ariaLabel).to.equal('Remove mine');
    expect(hub.commands).to.deep.equal([]);
    await press(table, '.remove');
    await press(table, '.confirm .danger');
    expect(hub.commands).to.deep.equal(['remove mine']);
    expect(names(table)).to.deep.equal(['auto', 'other']);
    expect(table.shadowRoot?.activeElement?.className).to.equal('search');
  });

  it('says in the row why an endpoint was not removed', async () => {
    const table = await tableOf([endpoint('mine')]);
    table.addEventListener('endpoint-remove', (event) =>
      event.respondWith(Promise.reject(new Error('It is gone already'))),
    );
    await press(table, '.remove');
    await press(table, '.confirm .danger');
    expect(read(rowOf(table, 'mine').querySelector('[role=alert]'))).to.equal('It is gone already');
  });

  it('has no controls beyond what the view may ask for', async () => {
    const hub = hubWith([endpoint('e')]);
    const table = await underHub(hub);
    const controls = (): number[] =>
      ['form', '.remove', '.check'].map((selector) => all(table, selector).length);
    expect(controls()).to.deep.equal([1, 1, 1]);
    for (const [scope, expected] of [
      ['admin', [1, 1, 1]],
      ['operate', [0, 0, 1]],
      ['view', [0, 0, 0]],
      ['agent', [0, 0, 0]],
      [undefined, [1, 1, 1]],
    ] as const) {
      hub.scope = scope;
      hub.setConnection('live');
      await drawn();
      expect(controls(), scope).to.deep.equal(expected);
    }
  });
});
