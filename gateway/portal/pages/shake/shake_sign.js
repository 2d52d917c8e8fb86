// Shows the button that prints, where there is a script to do it; every browser's menu prints as well.

const button = document.querySelector("[data-print]");
button.hidden = false;
button.addEventListener("click", () => window.print());
