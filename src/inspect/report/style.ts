/**
 * A box that scrolls has a shadow at the side where there is more (the layers that move along with its content cover it at the
 * ends), and shows its hint: an animation by scrolling runs only where there is something to scroll.
 * Every text colour has a contrast of 4.5 or more on its ground, light and dark; the colours of hours differ in lightness, too. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --card: #f5f7f8; --text: #1b2226; --soft: #51606a; --line: #d5dce0;
  --accent: #17697c; --faint: #9bb8c0; --link: #0b5c70;
  --full: #7fc4b8; --little: #f2c230; --some: #dd7a12; --much: #a8142b; --none: #dfe4e7; --good: #0f6b4f; --bad: #a8142b;
  --shade: #1b222659;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12181b; --card: #1c2529; --text: #e6ecef; --soft: #a5b3bb; --line: #37444b;
    --accent: #5db8cc; --faint: #476670; --link: #7fd0e2;
    --full: #2f7d72; --little: #e0b93a; --some: #ee9338; --much: #ff6b7d; --none: #2b363b; --good: #6fd3ae; --bad: #ff8793;
    --shade: #000000d9;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
.dataset { font-size: 1.5rem; margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
a { color: var(--link); }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; text-wrap: pretty; }
.soft, footer { color: var(--soft); }
code { font-size: .95em; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; padding: 0; margin: 1.25rem 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.tiles dt { color: var(--soft); font-size: .85rem; }
.tiles dd { margin: 0; font-size: 1.15rem; overflow-wrap: anywhere; font-weight: 600; font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .bad { color: var(--bad); }
.scroll { overflow-x: auto; max-width: 100%; background:
  linear-gradient(to right, var(--ground) 40%, transparent) left / 3rem 100% no-repeat local,
  linear-gradient(to left, var(--ground) 40%, transparent) right / 3rem 100% no-repeat local,
  linear-gradient(to right, var(--shade), transparent) left / 1rem 100% no-repeat scroll,
  linear-gradient(to left, var(--shade), transparent) right / 1rem 100% no-repeat scroll; }
.hint { position: sticky; left: 0; margin: 0; color: var(--soft); font-size: 0; }
@keyframes there-is-more { from, to { font-size: .85rem; } }
@supports (animation-timeline: scroll()) { .hint { animation: there-is-more linear; animation-timeline: scroll(inline); } }
@supports not (animation-timeline: scroll()) { @media (max-width: 57rem) { .hint { font-size: .85rem; } } }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.scroll svg { max-width: none; display: block; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; margin: .25rem 0 .5rem; font-size: .9rem; }
.legend i { display: inline-block; width: .9rem; height: .9rem; border-radius: .15rem; margin-right: .4rem; vertical-align: -.1rem; border: 1px solid var(--line); }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; margin: .5rem 0; }
caption { text-align: left; color: var(--soft); padding-bottom: .25rem; }
th, td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th.text, td.text { text-align: left; } th { font-weight: 600; } tbody th { font-weight: 400; }
summary { cursor: pointer; color: var(--link); padding: .25rem 0; }
footer { padding-top: 2rem; padding-bottom: 2rem; font-size: .9rem; }
@media print { details { display: none; } .scroll { overflow: visible; background: none; } .hint { display: none; } }
`;
