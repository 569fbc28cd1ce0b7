"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  const filterClaims = (filter) => {
    const claims = new Map(all("article.claim").map((article) => [article.id, {
      article,
      statuses: article.dataset.status.split(" "),
      section: article.dataset.section,
      text: article.textContent.toLowerCase(),
    }]));
    const rows = all("tr[data-claim]");
    const groups = all("main > section").filter((section) => section.querySelector("article.claim, tr[data-claim]"));
    const report = filter.querySelector("[role=status]");

    const apply = () => {
      const asked = new FormData(filter);
      const statuses = asked.getAll("status");
      const section = asked.get("section");
      const words = asked.get("text").toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const claim of claims.values()) {
        claim.article.hidden = !(
          (!statuses.length || statuses.some((status) => claim.statuses.includes(status))) &&
          (!section || claim.section === section) &&
          words.every((word) => claim.text.includes(word))
        );
        shown += claim.article.hidden ? 0 : 1;
      }
      for (const row of rows) row.hidden = claims.get(row.dataset.claim).article.hidden;
      for (const group of groups) {
        group.hidden = group.id !== "overview" && !group.querySelector("article.claim:not([hidden]), tr[data-claim]:not([hidden])");
      }
      report.textContent = shown === claims.size
        ? `All ${claims.size} claims and notes are shown.`
        : `${shown || "None"} of ${claims.size} claims and notes ${shown > 1 ? "are" : "is"} shown.`;
      return statuses.length || section || words.length ? asked : null;
    };

    // The address keeps the filter, so that a link or a reload shows the same claims.
    const remember = () => {
      const asked = apply();
      const chosen = asked ? [...asked].filter(([, value]) => value) : [];
      history.replaceState(null, "", chosen.length ? `#?${new URLSearchParams(chosen)}` : "#");
    };
    const recall = () => {
      if (location.hash.startsWith("#?")) {
        const asked = new URLSearchParams(location.hash.slice(2));
        for (const box of all("[name=status]", filter)) box.checked = asked.getAll("status").includes(box.value);
        filter.elements.section.value = asked.get("section") ?? "";
        filter.elements.text.value = asked.get("text") ?? "";
        apply();
      } else {
        reveal(document.getElementById(decodeURIComponent(location.hash.slice(1))));
      }
    };
    const reveal = (target) => {
      if (!target?.closest("[hidden]")) return;
      filter.reset();
      apply();
      target.scrollIntoView();
    };

    filter.addEventListener("input", remember);
    filter.addEventListener("submit", (event) => event.preventDefault());
    filter.querySelector(".everything").addEventListener("click", () => {
      filter.reset();
      remember();
    });
    window.addEventListener("hashchange", recall);
    filter.hidden = false;
    apply();
    recall();
  };

  const NUMBER = /^[-+±]?[\d.]/;
  const cellAt = (row, column) => {
    let end = 0;
    return [...row.cells].find((cell) => (end += cell.colSpan) > column);
  };
  const compare = (one, other) => {
    if (!one || !other) return !one - !other;
    if (NUMBER.test(one) && NUMBER.test(other)) {
      const difference = parseFloat(one.replaceAll(",", "")) - parseFloat(other.replaceAll(",", ""));
      if (difference) return difference;
    }
    return one.localeCompare(other, "en", { numeric: true });
  };
  const sortable = (table) => {
    const headings = [...table.tHead.rows[0].cells];
    const bodies = [...table.tBodies];
    const original = bodies.map((body) => [...body.rows]);
    if (original.flat().length < 2) return;
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      button.title = "Sort by this column";
      heading.append(button);
      button.addEventListener("click", () => {
        const order = { ascending: "descending", descending: "" }[heading.ariaSort] ?? "ascending";
        for (const other of headings) other.removeAttribute("aria-sort");
        if (!order) {
          bodies.forEach((body, index) => body.append(...original[index]));
          return;
        }
        heading.setAttribute("aria-sort", order);
        const keyed = original.flat().map((row) => [cellAt(row, column)?.textContent.trim() ?? "", row]);
        const sign = order === "ascending" ? 1 : -1;
        keyed.sort(([one], [other]) => (one && other ? sign : 1) * compare(one, other));
        bodies[0].append(...keyed.map(([, row]) => row));
      });
    });
  };

  const enlargeFigures = (dialog, figures) => {
    const content = dialog.querySelector(".content");
    let place = null;
    const enlarge = (figure) => {
      place = document.createElement("div");
      place.style.height = `${figure.offsetHeight}px`;
      figure.replaceWith(place);
      content.append(figure);
      dialog.showModal();
    };
    dialog.addEventListener("close", () => {
      const figure = content.firstElementChild;
      place.replaceWith(figure);
      figure.querySelector(".enlarge").focus({ preventScroll: true });
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    for (const figure of figures) enlargeable(figure, () => dialog.open ? dialog.close() : enlarge(figure));
  };
  const enlargeable = (figure, toggle) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "enlarge";
    button.title = "Enlarge";
    const details = figure.querySelector("details.zoom");
    if (details) {
      button.append(details.querySelector("img"));
      details.replaceWith(button);
    } else {
      button.textContent = "Enlarge";
      figure.querySelector(".player").append(button);
    }
    button.addEventListener("click", toggle);
  };

  const comparable = (figure) => {
    const slider = figure.querySelector("input[type=range]");
    const beside = figure.querySelector(".beside");
    const cut = () => {
      figure.style.setProperty("--cut", `${slider.value}%`);
      slider.setAttribute("aria-valuetext", `the earlier run fills ${slider.value}% of the width`);
    };
    slider.addEventListener("input", cut);
    beside.addEventListener("click", () => {
      const overlaid = figure.classList.toggle("overlaid");
      beside.setAttribute("aria-pressed", String(!overlaid));
      slider.disabled = !overlaid;
    });
    figure.classList.add("overlaid");
    figure.querySelector(".player").hidden = false;
    cut();
  };

  const FRAMES_A_SECOND = 2;
  const playable = (figure) => {
    const frames = JSON.parse(figure.dataset.frames);
    const screen = figure.querySelector(".screen");
    const sheet = screen.getAttribute("viewBox");
    const slider = figure.querySelector("input[type=range]");
    const [play, every] = [figure.querySelector(".play"), figure.querySelector(".all")];
    let timer = null;
    const show = () => {
      const [caption, ...box] = frames[slider.value];
      figure.querySelector("output").textContent = caption;
      slider.setAttribute("aria-valuetext", caption);
      figure.classList.toggle("one", every.ariaPressed === "false");
      screen.setAttribute("viewBox", every.ariaPressed === "true" ? sheet : box.join(" "));
    };
    const stop = () => {
      clearInterval(timer);
      timer = null;
      play.textContent = "Play";
    };
    const allFrames = (whether) => {
      every.setAttribute("aria-pressed", String(whether));
      show();
    };
    play.addEventListener("click", () => {
      if (timer) return stop();
      if (slider.value === slider.max) slider.value = 0;
      allFrames(false);
      play.textContent = "Pause";
      timer = setInterval(() => {
        slider.stepUp();
        show();
        if (slider.value === slider.max) stop();
      }, 1000 / FRAMES_A_SECOND);
    });
    slider.addEventListener("input", () => {
      stop();
      allFrames(false);
    });
    every.addEventListener("click", () => {
      stop();
      allFrames(every.ariaPressed === "false");
    });
    let printed = null;
    window.addEventListener("beforeprint", () => {
      printed = every.ariaPressed;
      allFrames(true);
    });
    window.addEventListener("afterprint", () => allFrames(printed === "true"));
    figure.querySelector(".player").hidden = false;
    show();
  };

  // A table that is wider than the page can be scrolled with the keyboard.
  const scrolling = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const wide = target.scrollWidth > target.clientWidth;
      const asRegion = { tabindex: "0", role: "region", "aria-label": "Table that scrolls sideways" };
      for (const [name, value] of Object.entries(asRegion)) {
        if (wide) target.setAttribute(name, value);
        else target.removeAttribute(name);
      }
    }
  });

  const filter = document.getElementById("filter");
  if (filter) filterClaims(filter);
  all("table.sortable").forEach(sortable);
  all("figure.pair").forEach(comparable);
  all("figure.film").forEach(playable);
  enlargeFigures(document.getElementById("enlarged"), all("figure.figure"));
  for (const box of all(".scroll")) scrolling.observe(box);
})();
