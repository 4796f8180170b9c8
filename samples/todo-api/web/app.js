const byId = (id) => document.getElementById(id)
const add = byId('add')
const filter = byId('filter')
const status = byId('status')

const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' })
const size = 20
let page = 1
/** Answers may overtake one another: only the last question counts. */
let asked = 0

/** The answer of the API; an unsuccessful one is thrown. */
async function call(method, path, { body, version } = {}) {
  const headers = {
    accept: 'application/json',
    ...(body && { 'content-type': 'application/json' }),
    ...(version && { 'if-match': `"${version}"` }),
  }
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) })
  const answer = response.status === 204 ? {} : await response.json()
  if (!response.ok) throw Object.assign(new Error(answer.error.message), { status: response.status, ...answer.error })
  return answer
}

async function refresh() {
  const question = ++asked
  const query = new URLSearchParams({ page, per_page: size, sort: filter.elements.sort.value })
  for (const name of ['search', 'done']) {
    const value = filter.elements[name].value.trim()
    if (value) query.set(name, value)
  }
  const { data, meta } = await call('GET', `/todos?${query}`)
  if (question !== asked) return
  if (data.length === 0 && page > 1) {
    page = meta.totalPages
    await refresh()
    return
  }
  byId('todos').replaceChildren(...data.map(render))
  byId('pages').hidden = meta.totalPages < 2
  byId('page').textContent = `${meta.page} of ${meta.totalPages}`
  byId('previous').disabled = !meta.hasPrev
  byId('next').disabled = !meta.hasNext
  say(meta.total === 0 ? 'Nothing here.' : meta.total === 1 ? '1 todo' : `${meta.total} todos`)
}

function render(todo) {
  const item = byId('todo').content.firstElementChild.cloneNode(true)
  const [box, title, tags, due, remove] = ['input', '.title', '.tags', 'time', '.delete'].map((one) =>
    item.querySelector(one),
  )
  item.classList.toggle('finished', todo.done)
  title.textContent = todo.title
  tags.replaceChildren(...todo.tags.map(renderTag))
  if (todo.due) {
    due.dateTime = todo.due
    due.textContent = date.format(new Date(todo.due))
  }
  box.checked = todo.done
  remove.setAttribute('aria-label', `Delete ${todo.title}`)
  const change = (method, body) =>
    attempt(async () => {
      await call(method, `/todos/${todo.id}`, { body, version: todo.version })
      await refresh()
    })
  box.addEventListener('change', () => change('PATCH', { done: box.checked }))
  remove.addEventListener('click', () => change('DELETE'))
  return item
}

function renderTag({ name, colour }) {
  const tag = document.createElement('span')
  tag.className = 'tag'
  tag.textContent = name
  tag.style.setProperty('--tag', colour)
  return tag
}

function showFieldErrors(fields) {
  for (const place of add.querySelectorAll('.error')) {
    const messages = fields.filter(({ field }) => field === place.dataset.field).map(({ message }) => message)
    place.textContent = messages.join('; ')
    place.previousElementSibling.setAttribute('aria-invalid', String(messages.length > 0))
  }
  add.querySelector('[aria-invalid=true]')?.focus()
}

/** Tells of a failure; what somebody else changed or deleted is shown as it is now. */
async function attempt(work) {
  try {
    await work()
  } catch (error) {
    if (error.status === 412 || error.status === 404) await refresh().catch(() => undefined)
    say(error.message)
  }
}

function say(text) {
  status.textContent = text
}

add.addEventListener('submit', (event) => {
  event.preventDefault()
  const { title, due, tag, colour } = Object.fromEntries(new FormData(add))
  const body = { title, due: due || undefined, tags: tag ? [{ name: tag, colour }] : [] }
  attempt(async () => {
    try {
      await call('POST', '/todos', { body })
    } catch (error) {
      showFieldErrors(error.fields ?? [])
      throw error
    }
    showFieldErrors([])
    add.reset()
    add.elements.title.focus()
    page = 1
    await refresh()
  })
})

filter.addEventListener('submit', (event) => event.preventDefault())
filter.addEventListener('input', () => turnTo(1))
byId('previous').addEventListener('click', () => turnTo(page - 1))
byId('next').addEventListener('click', () => turnTo(page + 1))

function turnTo(number) {
  page = number
  attempt(refresh)
}

attempt(refresh)
