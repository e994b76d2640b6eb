import { noChange } from 'lit';
import {
  Directive,
  type DirectiveResult,
  directive,
  type ElementPart,
  type PartInfo,
  PartType,
} from 'lit/directive.js';

class NumberProperty extends Directive {
  #style: CSSStyleDeclaration | undefined;
  #written: number | undefined;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT)
      throw new Error('Expected a number property to stand in the tag of an element');
  }

  render(name: string, value: number): unknown {
    if (value !== this.#written) this.#style?.setProperty(name, String(value));
    this.#written = value;
    return noChange;
  }

  override update({ element }: ElementPart, [name, value]: [string, number]): unknown {
    if (element instanceof HTMLElement) this.#style = element.style;
    return this.render(name, value);
  }
}

const write = directive(NumberProperty);

/** Sets a custom property of an element to a number. Nothing but numbers can get into styles this way. */
export function numberProperty(name: `--${string}`, value: number): DirectiveResult {
  return write(name, value);
}
