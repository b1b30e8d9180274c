"""What is measured on the page, of the panel and by axe: each measure returns what breaks it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SIZES: Final = ("12px", "13px", "16px")
MAX_CARD_PIXELS: Final = 72
MIN_BAR_PIXELS: Final = 4
MIN_CONTRAST: Final = 4.5

# Nothing but the words leaves the page: axe describes every element with all that it found.
_AXE: Final = """async (selector) => {
    const {violations} = await axe.run(selector, {resultTypes: ["violations"]});
    return violations.map(each => `${each.id}: ${each.help}`);
}"""
_MEASURE: Final = """(panel, wanted) => {
    const all = [panel, ...panel.querySelectorAll("*")].filter(each =>
        !each.matches("style, option, title, desc, br") && each.checkVisibility({visibilityProperty: true})
        && each.getBoundingClientRect().width > 0);
    const told = each => `${each.tagName.toLowerCase()}.${each.getAttribute("class") ?? ""} "${(each.textContent ?? "").trim().slice(0, 40)}"`;
    const style = (each, part) => getComputedStyle(each, part);
    const own = each => [...each.childNodes].filter(node => node.nodeType === 3 && node.data.trim());
    const fields = all.filter(each => each.matches("input:not([type=checkbox], [type=radio]), select, textarea"));
    const texts = all.filter(each => own(each).length && !each.matches("textarea"));
    const written = [...texts, ...fields];
    const pen = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const round = number => Math.round(number * 100) / 100;

    const families = () => {
        const mono = name => /monospace/.test(name);
        const names = [...new Set(written.map(each => style(each).fontFamily))];
        return [names.filter(mono), names.filter(name => !mono(name))].filter(found => found.length > 1).map(found => found.join(" | "));
    };
    const sizes = () => written.filter(each => !wanted.sizes.includes(style(each).fontSize))
        .map(each => `${style(each).fontSize} ${told(each)}`);
    const weights = () => texts.filter(each => style(each).fontWeight > 500
        && !each.closest("h2, h3, h4, caption, thead th, .sbx-optional label, .sbx-pick")).map(told);

    const sides = ["Top", "Right", "Bottom", "Left"];
    const spaces = () => all.filter(each => each instanceof HTMLElement).flatMap(each => {
        const found = style(each);
        const names = [...sides.flatMap(side => [`padding${side}`, `margin${side}`]), "rowGap", "columnGap"];
        return names.filter(name => { const size = parseFloat(found[name]); return !Number.isNaN(size) && Math.abs(size - 4 * Math.round(size / 4)) > 0.01; })
            .map(name => `${name} ${found[name]} ${told(each)}`);
    });

    const clear = colour => /, 0\\)$|^transparent$/.test(colour);
    const painted = each => {
        const found = style(each);
        return each.matches("input, select, textarea, svg") || !clear(found.backgroundColor)
            || (parseFloat(found.borderLeftWidth) > 0 && !clear(found.borderLeftColor));
    };
    const edges = () => {
        const page = all.find(each => each.matches(".sbx-pages"));
        if (!page) return [];
        const found = [], there = new Set(all);
        const walk = each => {
            if (!there.has(each)) return;
            const box = each.getBoundingClientRect();
            if (each !== page && painted(each)) return void found.push({box, left: box.left, words: told(each)});
            // What stands before the words of a button or a summary is a mark of the page's own; numbers stand right in their cells.
            if (each.matches("button, summary")) return void found.push({box, left: box.left + parseFloat(style(each).paddingLeft), words: told(each)});
            if (each.matches("tr")) {
                const [cell] = each.cells;
                return void found.push({box, left: cell.getBoundingClientRect().left + parseFloat(style(cell).paddingLeft), words: told(cell)});
            }
            for (const child of each.childNodes) {
                if (child.nodeType === 1) walk(child);
                if (child.nodeType !== 3 || !child.data.trim()) continue;
                const range = document.createRange();
                range.selectNodeContents(child);
                for (const rect of range.getClientRects()) found.push({box: rect, left: rect.left, words: told(each)});
            }
        };
        walk(page);
        const first = found.filter(one => !found.some(other =>
            other.left < one.left - 1 && other.box.top < one.box.bottom - 1 && other.box.bottom > one.box.top + 1));
        const edge = Math.min(...first.map(one => one.left));
        return first.filter(one => one.left > edge + 1).map(one => `${round(one.left - edge)} px right of the edge: ${one.words}`);
    };

    const cards = () => all.filter(each => each.matches(".sbx-optional") && !each.querySelector(".sbx-claim"))
        .filter(each => each.getBoundingClientRect().height > wanted.card).map(each => `${each.getBoundingClientRect().height} px ${told(each)}`);
    const sideways = () => all.filter(each => each.scrollWidth > each.clientWidth + 1 && (each === panel || /auto|scroll/.test(style(each).overflowX))
        && !each.matches(".sbx-scroll, .sbx-schema, .sbx-items, .sbx-block, textarea")).map(each => `${each.scrollWidth} of ${each.clientWidth} px ${told(each)}`);
    const arrow = 28;  // pixels of a chooser that its words cannot have
    const chosen = () => fields.filter(each => each.matches("select") && !each.closest("[title]")).filter(each => {
        pen.font = style(each).font;
        return pen.measureText(each.selectedOptions[0]?.text ?? "").width > each.clientWidth - arrow + 1;
    }).map(told);
    const cut = () => chosen().concat(all.filter(each => each instanceof HTMLElement && each.textContent.trim() && each.scrollWidth > each.clientWidth + 1
        && each.clientWidth > 0 && /hidden|clip/.test(style(each).overflowX) && !each.matches("input, select, textarea")
        && !each.closest("[title]") && !each.querySelector("[title]")).map(told));
    const bars = () => all.filter(each => each.matches(".sbx-bar, .sbx-span"))
        .filter(each => each.getBoundingClientRect().width < wanted.bar - 0.01).map(each => `${each.getBoundingClientRect().width} px ${told(each)}`);

    const known = new Map();
    const rgba = colour => {
        if (!known.has(colour)) {
            pen.clearRect(0, 0, 1, 1); pen.fillStyle = "#000"; pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
            const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
            known.set(colour, [red, green, blue, alpha / 255]);
        }
        return known.get(colour);
    };
    const over = (top, below) => [0, 1, 2].map(at => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
    const brightness = colour => {
        const [red, green, blue] = colour.map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const fill = each => each instanceof SVGElement ? (each.matches("rect, path, circle") ? style(each).fill : "none") : style(each).backgroundColor;
    const below = (each, box) => {
        each.scrollIntoView({block: "nearest", inline: "nearest"});
        const rect = box();
        const stack = document.elementsFromPoint(rect.left + Math.min(4, rect.width / 2), rect.top + rect.height / 2);
        const from = stack.indexOf(each);
        let layers = from >= 0 ? stack.slice(from) : [];
        if (!layers.length) for (let one = each; one; one = one.parentElement) layers.push(one);
        const opaque = layers.findIndex(one => fill(one) !== "none" && rgba(fill(one))[3] === 1);
        return layers.slice(0, opaque + 1).reverse().filter(one => fill(one) !== "none").reduce((found, one) => over(rgba(fill(one)), found), [255, 255, 255, 1]);
    };
    const faded = each => { let opacity = 1; for (let one = each; one; one = one.parentElement) opacity *= parseFloat(style(one).opacity); return opacity; };
    const contrast = () => {
        const found = [];
        const look = (each, colour, box, words) => {
            const ground = below(each, box), [red, green, blue, alpha] = rgba(colour);
            const ink = over([red, green, blue, alpha * faded(each)], ground);
            const [dark, light] = [brightness(ink), brightness(ground)].sort((one, other) => one - other);
            const ratio = (light + 0.05) / (dark + 0.05);
            if (ratio < wanted.contrast) found.push(`${round(ratio)} ${words}`);
        };
        for (const each of texts) {
            const range = document.createRange();
            range.selectNodeContents(own(each)[0]);
            const colour = each instanceof SVGElement ? style(each).fill : style(each).color;
            look(each, colour, () => range.getClientRects()[0] ?? each.getBoundingClientRect(), told(each));
        }
        for (const each of fields) {
            const part = !each.value && each.placeholder ? "::placeholder" : undefined;
            look(each, style(each, part).color, () => each.getBoundingClientRect(), `${part ?? ""} ${each.placeholder || each.value}`);
        }
        for (const each of all) if (each.scrollLeft) each.scrollLeft = 0;
        return found;
    };
    const measures = {families, sizes, weights, spaces, edges, cards, sideways, cut, bars, contrast};
    return Object.entries(measures).flatMap(([name, measure]) => [...new Set(measure())].map(words => `${name}: ${words}`));
}"""


def wrong(panel: Locator) -> list[str]:
    """What breaks a measure in the open tab, each in a line that begins with the name of the measure."""
    wanted = {"sizes": SIZES, "card": MAX_CARD_PIXELS, "bar": MIN_BAR_PIXELS, "contrast": MIN_CONTRAST}
    found: list[str] = panel.evaluate(_MEASURE, wanted)
    return found


def accessibility(page: Page, selector: str) -> list[str]:
    """What axe finds wrong with the accessibility of the first element that matches ``selector``."""
    if not page.evaluate("() => !!window.axe"):
        page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(_AXE, selector)
    return found
