/** Loads the module that registers a tag. */
export type LoadDefinition = () => Promise<unknown>;

/**
 * Loads definitions when a page has their elements in its markup, now or later. Elements inside of the shadow roots of
 * others are not seen: whoever puts them there imports what registers them.
 * @param definitions by CSS selector, such as `job-form, job-list`
 */
export function defineOnDemand(definitions: Readonly<Record<string, LoadDefinition>>): void {
  const waiting = new Map(Object.entries(definitions));
  const look = (): void => {
    for (const [selector, load] of waiting) {
      if (!document.querySelector(selector)) continue;
      waiting.delete(selector);
      // Browsers remember a module that could not be loaded, so trying again would only repeat the refusal.
      load().catch(reportError);
    }
    if (waiting.size === 0) observer.disconnect();
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true });
  look();
}
