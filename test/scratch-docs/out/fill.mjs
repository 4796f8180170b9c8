import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
const dist = '/work/main/test/dist/';
const { compilePage } = await import(dist + 'docs/compile-page.js');
const { pages } = await import(dist + 'docs/page-servers.js');
const { readExchanges } = await import(dist + 'docs/http-block.js');
function compact(v, indent = '') {
    const one = JSON.stringify(v, null, 1)?.replace(/\n\s*/g, ' ')?.replaceAll('[ ', '[').replaceAll(' ]', ']') ?? '';
    if (one.length + indent.length < 134 || typeof v !== 'object' || v === null)
        return one;
    const inner = indent + '  ';
    if (Array.isArray(v))
        return '[\n' + v.map((x) => inner + compact(x, inner)).join(',\n') + '\n' + indent + ']';
    return '{\n' + Object.entries(v).map(([k, x]) => `${inner}${JSON.stringify(k)}: ${compact(x, inner)}`).join(',\n') + '\n' + indent + '}';
}
const page = process.argv[2];
const keep = (process.argv[3] ?? '').split(',').filter(Boolean);
const compiled = await compilePage(page);
const file = '/work/main/' + page;
try {
    const send = await pages[page](await compiled.load());
    let md = readFileSync(file, 'utf8');
    for (const e of readExchanges(page)) {
        const r = await send(e);
        const shown = Object.keys(e.answer.headers).length ? Object.keys(e.answer.headers) : keep;
        const hs = shown.filter((h) => r.headers[h] !== undefined).map((h) => `${h}: ${r.headers[h]}\n`).join('');
        let body = r.text;
        try {
            body = compact(JSON.parse(r.text.replace(/"requestId":"[^"]+"/g, '"requestId":"…"')));
        }
        catch { }
        body = body.replace(/"requestId": "[^"]+"/g, '"requestId": "…"');
        const { STATUS_CODES } = await import('node:http');
        // find by searching block at same order: place lines shift, so use first unfilled
        if (e.answer.status !== 0) {
            console.log(e.place, r.status, hs + body);
            continue;
        }
        md = md.replace(/^HTTP\/1\.1 000\n(?:[\w-]+: .*\n)*/m, () => `HTTP/1.1 ${r.status} ${STATUS_CODES[r.status]}\n${hs}${body === '' ? '' : `\n${body}\n`}`);
        console.log(e.place, e.request.method, e.request.path, r.status, '\n' + hs + body);
    }
    writeFileSync(file, md);
}
finally {
    compiled.remove();
}
const { disposeTestServers } = await import('@lokstra/core/testing');
await disposeTestServers();
//# sourceMappingURL=fill.mjs.map