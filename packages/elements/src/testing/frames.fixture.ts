/** Waits until the elements have drawn: the scheduler draws in the next frame, observers answer in the one after. */
export async function drawn(count = 2): Promise<void> {
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => {
      requestAnimationFrame(resolve);
    });
  }
  // Lit updates asked for in a frame run as microtasks after it.
  await new Promise((resolve) => {
    setTimeout(resolve);
  });
}

/** Every element below `root`, shadow trees included. */
export function allElements(root: ParentNode): Element[] {
  return [...root.querySelectorAll('*')].flatMap((element) => [
    element,
    ...(element.shadowRoot ? allElements(element.shadowRoot) : []),
  ]);
}

/** The one element for a selector in an element's shadow tree. */
export function inside<E extends Element = HTMLElement>(host: Element, selector: string): E {
  const found = host.shadowRoot?.querySelector<E>(selector);
  if (!found) throw new Error(`Expected ${host.localName} to have ${selector}`);
  return found;
}

/** What a person reads in an element of a shadow tree, without the white space of the template. */
export function textOf(host: Element, selector: string): string {
  return inside(host, selector).textContent.trim();
}
