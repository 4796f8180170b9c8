import type { Failure } from './messages.js'

/** Where pages wait for the project to run again. Only the supervisor answers there. */
export const eventsPath = '/.lokstra/dev'

const style = `
body { margin: 0; padding: 3rem 4vw; font: 16px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff }
h1 { margin: 0 0 1rem; font-size: 1.4rem; color: #b3261e }
h1.waiting { color: inherit }
pre { margin: 0; padding: 1rem; overflow: auto; border-radius: 6px; background: #f6f8fa; font: 14px/1.5 ui-monospace, monospace }
p { color: #59636e }
@media (prefers-color-scheme: dark) {
  body { color: #e6edf3; background: #0d1117 }
  h1 { color: #ff7b72 }
  pre { background: #161b22 }
  p { color: #9198a1 }
}`

/** Reloads when it is told to, and when somebody else than the supervisor answers: then the project runs. */
const script = `
const events = new EventSource('${eventsPath}')
events.onmessage = () => location.reload()
events.onerror = () => { if (events.readyState === EventSource.CLOSED) location.reload() }`

/** What a browser shows while the project does not run. It goes away by itself. */
export function failurePage({ title, text }: Failure): string {
  const body = `<h1>${escape(title)}</h1>\n<pre>${escape(text)}</pre>\n<p>This page reloads when it is corrected.</p>`
  return page(title, body)
}

/** What a browser shows when the project takes its time. */
export function waitingPage(): string {
  return page('Starting', '<h1 class="waiting">The project is being built and started …</h1>')
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${style}
</style>
</head>
<body>
${body}
<script>${script}
</script>
</body>
</html>
`
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
}
