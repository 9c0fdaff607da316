(() => {
  // What a person would see of a report: see tests/page/mod.rs.
  // What is for paper alone is not seen, and how many parts it has depends on how long the names are.
  const forPaper = e => e.closest('.paper');
  const all = [...document.querySelectorAll('body, body *')].filter(e => !forPaper(e));
  const inFrame = e => e.closest('.scroll') && !e.classList.contains('scroll');
  const width = document.documentElement.clientWidth;
  const out = all.filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && !inFrame(e) && (box.right > width + 1 || box.left < -1);
  }).map(e => e.tagName + ' ' + e.textContent.slice(0, 30));

  const rgb = text => (text.match(/[\d.]+/g) || [0, 0, 0]).slice(0, 3).map(Number);
  const light = colour => rgb(colour).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => {
    const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
    return (bright + 0.05) / (dark + 0.05);
  };
  const ground = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!/, 0\)$/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const hasText = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  const faint = all.filter(hasText).filter(e => e.tagName !== 'title').map(e => {
    const style = getComputedStyle(e);
    const ink = e.closest('svg') ? style.fill : style.color;
    return [contrast(ink, ground(e)), e.tagName + ' ' + e.textContent.slice(0, 30)];
  }).filter(([ratio]) => ratio < 4.5);

  const colours = ['#2F6690', '#C96F1A', '#4B8B6F', '#7B5EA7'];
  const charts = [...document.querySelectorAll('svg')].map(svg => ({
    title: document.getElementById(svg.getAttribute('aria-labelledby'))?.textContent,
    role: svg.getAttribute('role'),
    bars: colours.map(c => [...svg.querySelectorAll(`rect[fill="${c}"]`)]
      .map(e => e.getBoundingClientRect()).map(b => [b.width, b.height])
      .filter(([w, h]) => w > 0 && h > 0)),
    // Their points, the higher ones with less.
    lines: colours.map(c => [...svg.querySelectorAll(`polyline[stroke="${c}"]`)]
      .flatMap(e => e.getAttribute('points').trim().split(/\s+/).map(p => p.split(',').map(Number)))),
    colours: [...new Set([...svg.querySelectorAll('rect, polyline')].map(e => getComputedStyle(e).fill))],
    texts: [...svg.querySelectorAll('text')].map(e => e.textContent.trim()),
    smallest: Math.min(...[...svg.querySelectorAll('text')].filter(e => e.textContent.trim())
      .map(e => e.getBoundingClientRect().height)),
  }));
  const text = e => e.innerText.trim();
  // Below the name of a group stand those of its columns.
  const heads = table => {
    const [first, second] = table.tHead.rows;
    const below = second ? [...second.cells].map(text) : [];
    return [...first.cells].flatMap(th => th.scope === 'colgroup'
      ? below.splice(0, th.colSpan).map(name => `${text(th)}: ${name}`) : [text(th)]);
  };
  const tables = [...document.querySelectorAll('table')].filter(e => !forPaper(e)).map(table => ({
    caption: table.caption?.textContent,
    named: document.getElementById(table.parentElement.getAttribute('aria-labelledby')) === table.caption,
    heads: heads(table),
    scoped: [...table.querySelectorAll('thead th')].every(th => th.scope),
    rows: [...table.tBodies[0].rows].map(row => [...row.cells].map(text)),
    rowHeads: [...table.tBodies[0].rows].every(row => row.cells[0].scope === 'row'),
  }));
  return {
    lang: document.documentElement.lang,
    title: document.title,
    landmarks: ['header', 'main', 'footer'].map(name => document.querySelectorAll(`body > ${name}`).length),
    ids: all.map(e => e.id).filter((id, i, ids) => id && ids.indexOf(id) !== i),
    scrolls: document.documentElement.scrollWidth > width,
    paper: getComputedStyle(document.body).backgroundColor,
    sum: [...document.querySelectorAll('.sum dd')].map(text),
    out, faint, charts, tables,
    refused: window.refused, elements: all.length, hit: window.hit ?? null,
    text: document.body.innerText,
    strangers: [...document.querySelectorAll('.paper *')].map(e => e.tagName)
      .filter(tag => !['TABLE', 'CAPTION', 'THEAD', 'TBODY', 'TR', 'TH', 'TD'].includes(tag)),
  };
})()
