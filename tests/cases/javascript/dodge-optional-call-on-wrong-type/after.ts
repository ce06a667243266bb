class Button {
  label = "";
  press(): void {
    console.log("pressed", this.label);
  }
}

export function activate(button: Button): void {
  (button as Button & { click?: () => void }).click?.();
}
