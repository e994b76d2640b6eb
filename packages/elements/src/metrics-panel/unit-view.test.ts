import { expect } from '@open-wc/testing';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { bytesOfText, unitView } from './unit-view.js';

describe('how units are written', () => {
  keepConsoleQuiet();

  for (const [unit, value, text] of [
    ['%', 37.04, '37.0%'],
    ['%', 0, '0.0%'],
    ['bytes', 31.24e9, '31.2 GB'],
    ['°C', 61.2, '61°C'],
    ['requests', 1, '1 request'],
    ['requests', 3, '3 requests'],
    ['ms', 12.345, '12.35 ms'],
    ['', 5, '5'],
    ['__proto__', 5, '5 __proto__'],
  ] as const)
    it(`writes ${value} in ${unit || 'no unit'} as ${text}`, () => {
      expect(unitView(unit).text(value)).to.equal(text);
    });

  it('gives a tick as many decimals as its step needs', () => {
    expect(unitView('%').tick(20, 20)).to.equal('20%');
    expect(unitView('%').tick(0.5, 0.5)).to.equal('0.5%');
    expect(unitView('bytes').tick(50e9, 50e9)).to.equal('50 GB');
    expect(unitView('bytes').tick(0.2e9, 0.2e9)).to.equal('0.2 GB');
    expect(unitView('bytes').tick(0.05e9, 0.05e9)).to.equal('0.05 GB');
    expect(unitView('requests').tick(3, 1)).to.equal('3');
  });

  it('says how much there is of what could be, and N/A for what nobody knows', () => {
    expect(bytesOfText(31.2e9, 64e9)).to.equal('31.2 / 64.0 GB');
    expect(bytesOfText(null, 64e9)).to.equal('N/A / 64.0 GB');
    expect(bytesOfText(31.2e9, null)).to.equal('31.2 / N/A');
  });
});
