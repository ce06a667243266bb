type Props = Record<string, unknown>;

export function title(props: Props, text: string): string {
  return JSON.stringify({ ...props, text });
}
