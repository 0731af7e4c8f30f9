/**
 * One text for equal ones: what many members repeat is held once. Begun anew when `max` different
 * ones were seen: a lying member costs bounded memory.
 */

export function sharedTexts(max: number): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const shared = known.get(text);
    if (shared !== undefined) return shared;
    if (known.size >= max) known.clear();
    known.set(text, text);
    return text;
  };
}
