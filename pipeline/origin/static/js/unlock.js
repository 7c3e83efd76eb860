/** The form that asks for a playback token. */
export class UnlockView {
  #form;
  #advice;
  #field;

  constructor(page, onToken) {
    [this.#form, this.#advice, this.#field] = [page.unlock, page["unlock-advice"], page.token];
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      onToken(this.#field.value);
    });
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
  }

  show({ reason, advice }) {
    this.#advice.textContent = advice;
    this.#form.classList.toggle("refused", reason !== "no_token");
    this.#field.value = "";
    this.#form.hidden = false;
    this.#field.focus();
  }

  hide() {
    this.#form.hidden = true;
  }
}
