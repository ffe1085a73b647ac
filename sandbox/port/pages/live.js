// Keeps the page as the server shows it: fetches it once a second and swaps what changed.
const live = document.querySelector('[data-live]');
const hasForm = live?.querySelector('form.card') !== null;

async function refresh() {
  if (document.hidden) return;
  const response = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  const next = fresh.querySelector('[data-live]');
  if (next === null || next.innerHTML === live.innerHTML) return;
  const scrolled = live.querySelector('.scroll')?.scrollLeft ?? 0;
  live.innerHTML = next.innerHTML;
  live.querySelector('.scroll')?.scrollTo({ left: scrolled });
}

// A form that a person is filling in is left alone.
if (live !== null && !hasForm) setInterval(() => void refresh().catch(() => undefined), 1000);
