import { colourClasses, declarations } from '../draw/palette.ts';

/** The page's only style sheet: light and dark, a phone's width and a wall's, and paper. */
export const style = `
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--ink:#1b1f24;--muted:#57606a;--line:#d8dde3;--faint:#aab2bd;
--good:#176f3d;--good-bg:#e3f4e8;--bad:#c02626;--bad-bg:#fde8e6;--warn:#8a5a00;--warn-bg:#fdf0d2;--run:#0b63b6;--run-bg:#deecfb;
${declarations('light')}}
@media screen and (prefers-color-scheme:dark){:root{--bg:#0f1318;--card:#181d24;--ink:#e8ebef;--muted:#a3adb8;--line:#303843;--faint:#5b6673;
--good:#5fd38d;--good-bg:#143322;--bad:#ff8278;--bad-bg:#40191a;--warn:#f0bb52;--warn-bg:#3a2c0c;--run:#78b7ff;--run-bg:#13304f;
${declarations('dark')}}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header,main,footer,nav{max-width:1640px;margin:0 auto;padding:0 20px}
header{padding-top:18px}
.name{margin:0;color:var(--muted);font-weight:600}.asof{font-weight:400}
h1{font-size:clamp(1.4rem,3.4vw,2.1rem);line-height:1.2;margin:.15em 0 .4em;display:flex;gap:.5em;align-items:baseline;flex-wrap:wrap}
h1::before{content:"✓";color:var(--good)}
header.problems h1::before{content:"✕";color:var(--bad)}header.unknown h1::before{content:"?";color:var(--warn)}header.muted h1::before{content:"!";color:var(--warn)}
header h1{display:block}header h1::before{margin-right:.4em}
ul.problems{list-style:none;margin:0 0 8px;padding:0}
ul.problems li{background:var(--bad-bg);border-left:4px solid var(--bad);border-radius:4px;padding:8px 12px;margin:0 0 6px;overflow-wrap:anywhere}
ul.problems li.quiet{background:var(--warn-bg);border-left-color:var(--warn)}
p.unknown{background:var(--warn-bg);border-left:4px solid var(--warn);border-radius:4px;padding:8px 12px;margin:0 0 6px;overflow-wrap:anywhere}
code{display:block;font:13px/1.45 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin-top:4px}
.why{display:block;margin-top:2px}p.mutes{background:var(--warn-bg);border-left:4px solid var(--warn);border-radius:4px;padding:8px 12px;margin:0 0 6px;overflow-wrap:anywhere}
.muted{color:var(--warn);font-weight:600}
nav ul{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;margin:6px 0 0;padding:0;font-size:14px}
a{color:var(--run)}a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--run);outline-offset:2px}
main{display:grid;grid-template-columns:minmax(0,1fr);gap:16px;padding-top:14px}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 16px;min-width:0}

h2{font-size:1.1rem;margin:0 0 8px}h3{font-size:.98rem;margin:14px 0 4px}h3 small{font-weight:400;color:var(--muted)}h4{font-size:13px;font-weight:600;margin:6px 0 2px}
p{margin:0 0 8px}.nothing{color:var(--muted)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:14px;width:100%}
th,td{text-align:left;padding:4px 14px 4px 0;vertical-align:top;border-bottom:1px solid var(--line)}
th{color:var(--muted);font-weight:600;white-space:nowrap}td.number,th.number{text-align:right}
tbody tr:last-child td{border-bottom:0}#sources td{white-space:nowrap}
.state{display:inline-block;padding:0 8px;border-radius:10px;font-weight:600;white-space:nowrap}
.state::before{margin-right:.4em}
.state.current{color:var(--good);background:var(--good-bg)}.state.current::before{content:"✓"}
.state.failing{color:var(--bad);background:var(--bad-bg)}.state.failing::before{content:"✕"}
.state.late{color:var(--bad);background:var(--bad-bg)}.state.held-back,.state.paused{color:var(--warn);background:var(--warn-bg)}.state.late::before,.state.held-back::before,.state.paused::before{content:"!"}
.state.never{color:var(--muted);background:var(--bg)}.state.never::before{content:"–"}
.grid{font-size:12px;table-layout:fixed}.grid th:first-child{width:11.5rem}.grid th,.grid td{border:0;padding:1px}.grid th,.grid td{vertical-align:middle}.grid td{height:26px}
.grid thead th{font-weight:400;text-align:left;padding-bottom:4px}
.grid th[scope=row]{color:var(--ink);padding-right:10px;overflow:hidden;text-overflow:ellipsis}
.cell{display:block;min-width:24px;height:24px;border-radius:4px;text-align:center;text-decoration:none;font:600 11.5px/24px system-ui,sans-serif}.key .cell{width:29px}
.several{position:relative}.several::after{content:"";position:absolute;top:0;right:0;border:4px solid currentColor;border-left-color:transparent;border-bottom-color:transparent;border-top-right-radius:4px}
.bad-corner::after{border-top-color:var(--bad);border-right-color:var(--bad)}
.cell.landed{color:var(--good);background:var(--good-bg)}.cell.failed{color:#fff;background:#c02626}
.cell.held-back{color:var(--warn);background:var(--warn-bg)}.cell.running{color:var(--run);background:var(--run-bg)}.cell.cancelled{color:var(--muted);background:var(--bg)}
.key{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;color:var(--muted);align-items:center}.key i{display:inline-block;font-style:normal;vertical-align:middle}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;list-style:none;margin:0 0 4px;padding:0;font-size:13px}
.legend i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:5px}
${colourClasses}.faint{background:var(--faint)}.bad{background:var(--bad)}.legend .hollow{border:2px solid var(--bad)}.legend .ring{border:2px solid;border-radius:50%}
.picture{margin:0 0 6px}.picture svg{display:block;width:100%;height:auto;font-size:11px}.narrow,.across .wide{display:none}
.pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:4px 20px}time{white-space:nowrap}
details{margin-top:6px}details+.legend{margin-top:10px}summary{cursor:pointer;color:var(--muted);font-size:14px}
.days{display:flex;flex-wrap:wrap;gap:6px;list-style:none;margin:4px 0 10px;padding:0;font-size:13px}
.days li{border-radius:6px;padding:3px 10px}.days b,.days span{display:block}
.days .complete{background:var(--good-bg);color:var(--good)}.days .filled{background:var(--good-bg);color:var(--good)}.days .gaps{background:var(--bad-bg);color:var(--bad)}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
footer{color:var(--muted);font-size:13px;padding-top:14px;padding-bottom:28px}
@media (min-width:2000px){body{zoom:1.25}header,main,footer,nav{max-width:1960px}}
@media (max-width:1100px){.across .full{display:none}.across .wide{display:block}}
@media (max-width:1100px){.grid,.grid tbody{display:block}.grid thead{display:none}.grid tr{display:grid;grid-template-columns:repeat(12,minmax(0,1fr));align-items:end;padding-bottom:8px}
.grid th[scope=row]{grid-column:1/-1;width:auto;white-space:normal;overflow-wrap:anywhere}.grid td{height:auto}.grid td[data-from]::before{content:attr(data-from);display:block;width:0;white-space:nowrap;font-size:11px;color:var(--muted)}}
@media (max-width:640px){header,main,footer,nav{padding-left:12px;padding-right:12px}section{padding:12px}
.scroll>table{min-width:520px}#sources table{min-width:0}
#sources thead{display:none}#sources tr{display:flex;flex-wrap:wrap;gap:0 12px;padding:8px 0;border-bottom:1px solid var(--line)}#sources td{border:0;padding:0;white-space:normal;overflow-wrap:anywhere}
#sources td:nth-child(3){flex-basis:100%}#sources td:nth-child(n+3)::before{content:attr(data-label) ": ";color:var(--muted)}#sources tbody tr:last-child{border-bottom:0}
.stack table{min-width:0}.stack thead{display:none}.stack tr,.stack td{display:block}.stack tr{padding:6px 0;border-bottom:1px solid var(--line)}.stack tr:last-child{border-bottom:0}
.stack td{border:0;padding:1px 0;overflow-wrap:anywhere}.stack td:empty{display:none}.stack td[data-label]::before{content:attr(data-label) ": ";color:var(--muted)}
.wide,.across .wide{display:none}.narrow{display:block}.pair{grid-template-columns:minmax(0,1fr)}th,td{padding-right:10px}}
@media print{body{background:#fff;font-size:12px}nav,details,footer a{display:none}main{display:block}section{break-inside:avoid;margin-bottom:12px}.scroll{overflow:visible}.stack td{overflow-wrap:anywhere}.stack td,.stack th{padding-right:8px}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;

/**
 * Puts the newest page in place of this one every half minute, without moving the reader: what is open stays open, and the
 * focus stays where it was. While the page cannot be fetched, it says so.
 */
export const script = `
const pause = 30000;
const refresh = async () => {
  if (document.hidden) return;
  const note = document.getElementById('stale');
  try {
    const answer = await fetch(location.href, { cache: 'no-store' });
    if (!answer.ok) throw new Error(String(answer.status));
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const open = [...document.querySelectorAll('details')].map((each) => each.open);
    const scrolls = [...document.querySelectorAll('.scroll')].map((each) => each.scrollLeft);
    const focusable = 'a[href],summary,.scroll';
    const focus = [...document.querySelectorAll(focusable)].indexOf(document.activeElement);
    document.title = next.title;
    document.body.replaceChildren(...next.body.children);
    document.querySelectorAll('details').forEach((each, at) => { each.open = open[at] ?? false; });
    document.querySelectorAll('.scroll').forEach((each, at) => { each.scrollLeft = scrolls[at] ?? 0; });
    if (focus >= 0) document.querySelectorAll(focusable)[focus]?.focus({ preventScroll: true });
  } catch {
    if (note) note.hidden = false;
  }
};
setInterval(refresh, pause);
document.addEventListener('visibilitychange', refresh);
`;
