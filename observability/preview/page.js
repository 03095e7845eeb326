// Values under the pointer, on every chart of the page at once; the choice of light or dark is kept.
const root = document.documentElement;
const asked = new URLSearchParams(location.search).get("theme");
const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
let kept = null;
try { kept = localStorage.getItem("theme"); } catch { /* pages opened as files have no storage in some browsers */ }
root.dataset.theme = asked || root.dataset.theme || kept || system;

addEventListener("DOMContentLoaded", () => {
  document.getElementById("theme")?.addEventListener("click", (event) => {
    event.preventDefault();
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* as above */ }
  });
  document.querySelector("form.choices")?.addEventListener("change", (event) => event.currentTarget.submit());
  const tip = document.getElementById("tip");
  const charts = [...document.querySelectorAll("svg[data-hover]")].map((svg) => ({ svg, data: JSON.parse(svg.dataset.hover) }));
  const nearest = (data, x) => data.x.reduce((best, at, index) => (Math.abs(at - x) < Math.abs(data.x[best] - x) ? index : best), 0);
  const cross = (chart, x) => {
    const line = chart.svg.querySelector(".cross");
    line.classList.toggle("shown", x !== null);
    line.setAttribute("x1", x ?? 0);
    line.setAttribute("x2", x ?? 0);
  };
  for (const chart of charts) {
    chart.svg.addEventListener("pointermove", (event) => {
      const box = chart.svg.getBoundingClientRect();
      const index = nearest(chart.data, ((event.clientX - box.left) / box.width) * chart.svg.viewBox.baseVal.width);
      const time = chart.data.time[index];
      for (const other of charts) {
        const at = other.data.time.indexOf(time);
        cross(other, at < 0 ? null : other.data.x[at]);
      }
      tip.replaceChildren();
      const head = document.createElement("p");
      head.textContent = new Date(time * 1000).toISOString().slice(0, 16).replace("T", " ") + " UTC";
      tip.append(head);
      for (const series of chart.data.series) {
        if (!series.values[index]) continue;
        const row = document.createElement("div");
        const name = document.createElement("span");
        const key = document.createElement("i");
        key.style.background = series.color;
        name.append(key, series.name);
        const value = document.createElement("b");
        value.textContent = series.values[index];
        row.append(name, value);
        tip.append(row);
      }
      tip.style.display = "block";
      const left = event.clientX + 16 + tip.offsetWidth > innerWidth ? event.clientX - tip.offsetWidth - 16 : event.clientX + 16;
      tip.style.left = `${Math.max(4, left)}px`;
      tip.style.top = `${Math.max(4, Math.min(event.clientY + 12, innerHeight - tip.offsetHeight - 8))}px`;
    });
    chart.svg.addEventListener("pointerleave", () => {
      tip.style.display = "none";
      charts.forEach((other) => cross(other, null));
    });
  }
});
