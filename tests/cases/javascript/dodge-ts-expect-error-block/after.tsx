interface Props {
  title: string;
  lines: string[];
}

declare function h(tag: string, text: string): unknown;

export function panel(props: Props): unknown {
  /* @ts-expect-error */
  return h("div", props.heading + props.lines.join("\n"));
}
