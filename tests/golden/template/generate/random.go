package main

import (
	"fmt"
	"math/rand"
	"strings"
)

// generator writes random templates over the data "mix". Most of them are sound.
type generator struct {
	random    *rand.Rand
	variables []string
	inRange   int
	defines   []string
	budget    int
}

// randomCases holds random templates.
func randomCases(seed int64, count int) []goldenCase {
	var cases []goldenCase
	for number := int64(0); len(cases) < count; number++ {
		g := &generator{random: rand.New(rand.NewSource(seed*1_000_000 + number)), budget: 14}
		for range g.random.Intn(2) {
			g.defines = append(g.defines, fmt.Sprintf("part%d", len(g.defines)))
		}
		source := g.list(3)
		for _, name := range g.defines {
			inner := &generator{random: g.random, budget: 3}
			source += fmt.Sprintf("{{define %q}}%s{{end}}", name, inner.list(1))
		}
		if len(source) > 40 {
			cases = append(cases, goldenCase{Template: source, Data: "mix"})
		}
	}
	return cases
}

func (g *generator) pick(options ...string) string {
	return options[g.random.Intn(len(options))]
}

func (g *generator) list(depth int) string {
	var out strings.Builder
	for range 1 + g.random.Intn(3) {
		out.WriteString(g.node(depth))
	}
	return out.String()
}

func (g *generator) open() string  { return g.pick("{{", "{{", "{{", "{{ ", "{{- ") }
func (g *generator) close() string { return g.pick("}}", "}}", "}}", " }}", " -}}") }

func (g *generator) action(text string) string { return g.open() + text + g.close() }

func (g *generator) node(depth int) string {
	g.budget--
	if g.budget < 0 || depth == 0 {
		return g.pick("x", " ", g.action(g.pipe(1)), g.action(g.pipe(0)))
	}
	switch g.random.Intn(12) {
	case 0, 1:
		return g.pick("text ", "  spaced  ", "\n\tline\n", "}", "{ ", "é", "a-b")
	case 2, 3, 4:
		return g.action(g.pipe(depth))
	case 5:
		name := g.pick("$a", "$b", "$c")
		text := g.action(name + " := " + g.pipe(depth))
		g.variables = append(g.variables, name)
		return text
	case 6:
		if len(g.variables) == 0 {
			return g.pick("{{/* nothing yet */}}", "{{- /* nothing yet */}}")
		}
		return g.action(g.pick(g.variables...) + " = " + g.pipe(depth))
	case 7:
		return g.scoped(func() string {
			text := g.action("if "+g.pipe(depth)) + g.list(depth-1)
			if g.random.Intn(3) == 0 {
				text += g.action("else if "+g.pipe(depth)) + g.list(depth-1)
			}
			if g.random.Intn(2) == 0 {
				text += g.action("else") + g.list(depth-1)
			}
			return text + g.action("end")
		})
	case 8:
		return g.scoped(func() string {
			head := "with "
			if g.random.Intn(2) == 0 {
				head += "$w := "
			}
			text := g.action(head + g.pipe(depth))
			if strings.HasSuffix(head, ":= ") {
				g.variables = append(g.variables, "$w")
			}
			text += g.list(depth - 1)
			if g.random.Intn(2) == 0 {
				text += g.action("else") + g.list(depth-1)
			}
			return text + g.action("end")
		})
	case 9, 10:
		return g.rangeNode(depth)
	default:
		if len(g.defines) == 0 {
			return g.pick("{{/* comment */}}", "{{- /* comment */ -}}")
		}
		return g.action(fmt.Sprintf("template %q %s", g.pick(g.defines...), g.pipe(depth)))
	}
}

func (g *generator) scoped(body func() string) string {
	mark := len(g.variables)
	text := body()
	g.variables = g.variables[:mark]
	return text
}

func (g *generator) rangeNode(depth int) string {
	return g.scoped(func() string {
		subject := g.pick("$.list", "$.map", "$.spec.hosts", "$.spec.ports", "$.spec.env", "$.strings", "3", "$.spec.replicas",
			"$.empty.list", "$.spec.emptyMap", "$.spec.nested.list", "(slice $.list 1)", g.expression(depth, list),
			g.expression(depth, mapping))
		head := "range "
		switch g.random.Intn(3) {
		case 0:
			head += "$e := "
			g.variables = append(g.variables, "$e")
		case 1:
			head += "$i, $e := "
			g.variables = append(g.variables, "$i", "$e")
		}
		g.inRange++
		text := g.action(head+subject) + g.list(depth-1)
		if g.random.Intn(5) == 0 {
			text += g.action("if "+g.pipe(depth)) + g.action(g.pick("break", "continue")) + g.action("end") + g.list(depth-1)
		}
		g.inRange--
		if g.random.Intn(3) == 0 {
			text += g.action("else") + g.list(depth-1)
		}
		return text + g.action("end")
	})
}

// A kind of value that an expression has. Now and then an expression of another kind takes its place.
const (
	text = iota
	integer
	float
	boolean
	list
	mapping
	anything
)

func (g *generator) pipe(depth int) string {
	source := g.expression(depth, anything)
	for g.random.Intn(6) == 0 {
		source += g.pick(" | ", "|", " |") + g.pick("print", "println", "printf \"%v\"", "printf \"<%q>\"", "html", "js", "urlquery",
			"not", "and 1", "or 0", "printf \"%T\"", "print 1", "printf \"%5v|%s\" \"a\"")
	}
	return source
}

// expression is a command or an operand of the kind.
func (g *generator) expression(depth, kind int) string {
	if kind == anything {
		kind = g.random.Intn(anything)
	}
	if g.random.Intn(40) == 0 {
		kind = g.random.Intn(anything)
	}
	if depth <= 0 || g.random.Intn(3) == 0 {
		return g.atom(kind)
	}
	arg := func(kind int) string { return g.operand(depth-1, kind) }
	switch kind {
	case text:
		switch g.random.Intn(6) {
		case 0:
			return fmt.Sprintf("print %s %s %s", arg(anything), arg(anything), arg(anything))
		case 1:
			return fmt.Sprintf("printf %q %s %s", g.pick("%v-%v", "%s %d", "%q|%5v", "%T %T", "%x %08.3f", "%+v %#v", "%v"),
				arg(anything), arg(anything))
		case 2:
			return fmt.Sprintf("%s %s", g.pick("html", "js", "urlquery", "println", "print"), arg(anything))
		case 3:
			return fmt.Sprintf("slice %s %s", g.pick("$.kind", "$.string", "\"héllo\""), g.pick("0", "1", "2 3", "1 2"))
		case 4:
			return fmt.Sprintf("index %s %s", g.pick("$.strings", "$.spec.hosts", "(slice $.strings 1)"), g.pick("0", "1"))
		default:
			return fmt.Sprintf("index %s %s", g.pick("$.spec.env", "$.metadata.labels"), g.pick(`"app"`, `"DEBUG"`))
		}
	case integer:
		if g.random.Intn(2) == 0 {
			return "len " + arg([]int{text, list, mapping}[g.random.Intn(3)])
		}
		return g.pick("index .list 0", "index $.list 0", "index $.map \"a\"", "index \"abc\" 1")
	case boolean:
		same := g.random.Intn(boolean)
		switch g.random.Intn(4) {
		case 0:
			return fmt.Sprintf("not %s", arg(anything))
		case 1:
			return fmt.Sprintf("%s %s %s", g.pick("eq", "ne", "lt", "le", "gt", "ge"), arg(same), arg(same))
		case 2:
			return fmt.Sprintf("eq %s %s %s", arg(same), arg(same), arg(same))
		default:
			return fmt.Sprintf("%s %s %s", g.pick("and", "or"), arg(boolean), arg(boolean))
		}
	case list:
		return g.pick("slice $.list 1", "slice $.spec.hosts 0 2", "index $.spec.nested.list 0", "slice $.strings 1")
	case mapping:
		return g.pick("index $.spec.ports 1", "index $.map \"c\"", "index $.spec.nested \"a\"")
	default:
		return fmt.Sprintf("%s %s %s", g.pick("and", "or"), arg(kind), arg(kind))
	}
}

// operand is an expression that can stand as an argument.
func (g *generator) operand(depth, kind int) string {
	if depth > 0 && g.random.Intn(3) == 0 {
		return "(" + g.expression(depth, kind) + ")"
	}
	return g.atom(kind)
}

func (g *generator) atom(kind int) string {
	if len(g.variables) > 0 && g.random.Intn(5) == 0 {
		return g.pick(g.variables...)
	}
	if g.random.Intn(15) == 0 {
		return g.pick(".", "$", "nil", ".nil", ".nope", "$.nope")
	}
	switch kind {
	case text:
		return g.pick("$.string", "$.number", "$.kind", "$.spec.image", "$.metadata.name", ".name", `"s"`, `""`, "`raw`", `"é<&>"`)
	case integer:
		return g.pick("$.int", "$.neg", "$.spec.replicas", "$.map.a", ".port", "$.spec.nested.a.b.n", "0", "1", "-3", "0x10", "'a'")
	case float:
		return g.pick("$.float", "$.spec.ratio", "2.5", "1e3", "-0.125", "1e21")
	case boolean:
		return g.pick("$.bool", "$.no", "$.spec.debug", "$.spec.enabled", "true", "false")
	case list:
		return g.pick("$.list", "$.strings", "$.spec.hosts", "$.empty.list", "$.spec.emptyList")
	case mapping:
		return g.pick("$.map", "$.spec.env", "$.a.b", "$.metadata.labels", "$.empty.map", "$.spec.nested")
	}
	return g.atom(g.random.Intn(anything))
}

// mutatedCases breaks sound templates in one place each: what Go refuses, and what it takes after all.
func mutatedCases(from []goldenCase, seed int64, count int) []goldenCase {
	random := rand.New(rand.NewSource(seed))
	inserts := []string{"{", "}", "{{", "}}", "(", ")", "|", " ", ".", "$", "\"", "`", "'", "-", ":=", "=", ",", "0", "e", "x", "nil", "\n",
		"{{end}}", "{{else}}", " -", "- ", "/*", "*/", "é", "\\", "$x", ".a"}
	var cases []goldenCase
	for len(cases) < count {
		c := from[random.Intn(len(from))]
		runes := []rune(c.Template)
		if len(runes) > 120 {
			continue
		}
		at := random.Intn(len(runes))
		switch random.Intn(4) {
		case 0:
			c.Template = string(runes[:at]) + string(runes[at+1:])
		case 1:
			c.Template = string(runes[:at]) + inserts[random.Intn(len(inserts))] + string(runes[at:])
		case 2:
			c.Template = string(runes[:at]) + inserts[random.Intn(len(inserts))] + string(runes[at+1:])
		default:
			if at+1 >= len(runes) {
				continue
			}
			runes[at], runes[at+1] = runes[at+1], runes[at]
			c.Template = string(runes)
		}
		cases = append(cases, goldenCase{Template: c.Template, Data: c.Data})
	}
	return cases
}
