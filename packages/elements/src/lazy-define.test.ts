import { expect, waitUntil } from '@open-wc/testing';
import { defineOnDemand } from './lazy-define.js';

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('defineOnDemand', () => {
  afterEach(() => document.body.replaceChildren());

  it('loads what is in the page at once, and nothing else', async () => {
    document.body.innerHTML = '<x-here></x-here>';
    const loaded: string[] = [];
    defineOnDemand({
      'x-here': async () => loaded.push('here'),
      'x-elsewhere': async () => loaded.push('elsewhere'),
    });
    await later();
    expect(loaded).to.deep.equal(['here']);
  });

  it('loads once what comes later, however deep and however often', async () => {
    const loaded: string[] = [];
    defineOnDemand({ 'x-one, x-two': async () => loaded.push('both') });
    await later();
    expect(loaded).to.deep.equal([]);
    document.body.innerHTML = '<main><p><x-two></x-two></p></main>';
    await waitUntil(() => loaded.length > 0);
    document.body.append(document.createElement('x-one'), document.createElement('x-two'));
    await later();
    expect(loaded).to.deep.equal(['both']);
  });

  it('reports what could not be loaded, once, and loads the rest', async () => {
    const said: unknown[] = [];
    const { reportError } = window;
    window.reportError = (reason) => said.push(reason);
    try {
      const loaded: string[] = [];
      document.body.innerHTML = '<x-flaky></x-flaky>';
      defineOnDemand({
        'x-flaky': () => Promise.reject(new Error('offline')),
        'x-fine': async () => loaded.push('fine'),
      });
      document.body.append(document.createElement('x-fine'));
      await waitUntil(() => loaded.length > 0);
      await later();
      expect(said.map(String)).to.deep.equal(['Error: offline']);
    } finally {
      window.reportError = reportError;
    }
  });
});
