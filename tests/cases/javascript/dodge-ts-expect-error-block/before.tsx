interface Props {
  title: string;
  lines: string[];
}

declare function h(tag: string, text: string): unknown;

export function panel(props: Props): unknown {
  return h("div", props.heading + props.lines.join("\n"));
}
