import { CorralError } from '@corral/core';
import { expect, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { ModelAttachEvent } from '../events/endpoint-events.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { AttachServer } from './attach-server.js';

const form = (): Promise<AttachServer> => fixture(html`<attach-server></attach-server>`);
const field = (element: Element, id: string): HTMLInputElement => inside<HTMLInputElement>(element, `#${id}`);

async function attach(element: AttachServer, url: string, response?: Promise<unknown>): Promise<unknown[]> {
  const heard: unknown[] = [];
  const hear = (event: Event): void => {
    heard.push((event as ModelAttachEvent).request);
    if (response) (event as ModelAttachEvent).respondWith(response);
  };
  element.addEventListener('model-attach', hear);
  field(element, 'url').value = url;
  inside<HTMLButtonElement>(element, 'button').click();
  await drawn();
  element.removeEventListener('model-attach', hear);
  return heard;
}

describe('<attach-server>', () => {
  keepConsoleQuiet();

  it('wishes for the server, with its key where there is one', async () => {
    const element = await form();
    expect(await attach(element, ' http://box:8080 ')).to.deep.equal([{ url: 'http://box:8080' }]);
    field(element, 'key').value = 'secret';
    expect(await attach(element, 'box')).to.deep.equal([{ url: 'box', apiKey: 'secret' }]);
    expect(element.shadowRoot?.innerHTML).not.to.contain('secret');
  });

  it('empties itself and says so when it is done', async () => {
    const element = await form();
    await attach(element, 'box', Promise.resolve());
    expect([field(element, 'url').value, textOf(element, '[role=status]')]).to.deep.equal([
      '',
      'box is attached',
    ]);
  });

  it('asks for an address', async () => {
    const element = await form();
    expect(await attach(element, ' ')).to.deep.equal([]);
    expect(textOf(element, '#url-note')).to.equal('Expected the address of a server');
    expect(element.shadowRoot?.activeElement?.id).to.equal('url');
  });

  it('shows what was refused at its field, and all else as an alert, until the next edit', async () => {
    const element = await form();
    const fields = { url: 'This server is attached already' };
    await attach(
      element,
      'box',
      Promise.reject(new CorralError('duplicate_endpoint', fields.url, { details: { fields } })),
    );
    expect(textOf(element, '#url-note')).to.equal(fields.url);
    expect(textOf(element, '[role=alert]')).to.equal('');
    await attach(element, 'box', Promise.reject(new Error('The address is blocked')));
    expect(textOf(element, '[role=alert]')).to.equal('The address is blocked');
    expect(field(element, 'url').value).to.equal('box');
    field(element, 'url').focus();
    await sendKeys({ type: 'x' });
    await drawn();
    expect(textOf(element, '[role=alert]')).to.equal('');
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const element = await form();
    const parent = element.parentElement as HTMLElement;
    const elements = allElements(document).length;
    for (let i = 0; i < 1000; i++) {
      element.remove();
      parent.append(element);
    }
    await drawn();
    expect(allElements(document).length).to.equal(elements);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}`, async () => {
      const page = await themedFixture(theme, html`<attach-server></attach-server>`);
      await attach(page.querySelector('attach-server') as AttachServer, '');
      await expect(page).to.be.accessible();
    });
  }
});
