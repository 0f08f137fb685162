/** Colours, type and the frame that all pages share; light and dark. */
export const sharedStyle = `
:root {
  color-scheme: light dark;
  --ground: #f3f5f3; --sheet: #ffffff; --ink: #17211d; --soft: #55635d; --line: #d9dfdb;
  --accent: #1f6f5c; --accent-ink: #ffffff; --wash: #e7f1ed; --alarm: #a4262c; --alarm-wash: #fbeaea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #121715; --sheet: #1b2220; --ink: #e9efec; --soft: #a3b1ab; --line: #33403b;
    --accent: #6fd0b3; --accent-ink: #0c1a15; --wash: #20332c; --alarm: #ff9a94; --alarm-wash: #3a2020;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: clamp(1rem, 4vw, 3rem) clamp(.75rem, 4vw, 1.5rem); }
h1 { font-size: clamp(1.35rem, 4vw, 1.7rem); line-height: 1.25; margin: 0 0 .5rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.brand { display: flex; align-items: center; gap: .5rem; margin: 0 0 1.25rem; color: var(--soft); font-size: .9rem; font-weight: 600; }
.brand::before { content: ""; width: .8rem; height: .8rem; border-radius: .25rem; background: var(--accent); }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: .9rem; padding: clamp(1.1rem, 4vw, 2rem); }
.soft { color: var(--soft); }
@media (prefers-reduced-motion: no-preference) { a, button, input { transition: background-color .15s, border-color .15s; } }
`;
