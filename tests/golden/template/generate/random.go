package main

import (
	"fmt"
	"math/rand"
	"strings"
)

// generator writes random templates over the data "cr" and "types". Most of them are sound.
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
		if strings.Contains(source, "{{") {
			cases = append(cases, goldenCase{Template: source, Data: g.pick("cr", "types", "types")})
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
		return g.pick("x", " ", "\n", g.action(g.pipe(0)))
	}
	switch g.random.Intn(12) {
	case 0, 1:
		return g.pick("text ", "  spaced  ", "\n\tline\n", "}", "{ ", "é", "a-b", "")
	case 2, 3, 4:
		return g.action(g.pipe(depth))
	case 5:
		name := g.pick("$a", "$b", "$c")
		text := g.action(name + " := " + g.pipe(depth))
		g.variables = append(g.variables, name)
		return text
	case 6:
		if len(g.variables) == 0 {
			return g.action("/* nothing yet */")
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
			return g.action("/* comment */")
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
		subject := g.pick(".list", ".map", ".spec.hosts", ".spec.ports", ".spec.env", ".strings", "$.list", "$.spec.hosts", "3",
			".empty.list", ".spec.emptyMap", ".spec.nested.list", "(slice $.list 1)", g.pipe(depth))
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

func (g *generator) pipe(depth int) string {
	text := g.command(depth)
	for g.random.Intn(5) == 0 {
		text += g.pick(" | ", "|", " |") + g.pick("print", "println", "printf \"%v\"", "printf \"<%q>\"", "html", "js", "urlquery",
			"len", "not", "and 1", "or 0", "eq 1", "index .list", "slice .string", "printf \"%T\"", "print 1")
	}
	return text
}

func (g *generator) command(depth int) string {
	if depth <= 0 || g.random.Intn(3) == 0 {
		return g.operand(depth)
	}
	a, b, c := g.operand(depth-1), g.operand(depth-1), g.operand(depth-1)
	switch g.random.Intn(13) {
	case 0:
		return fmt.Sprintf("print %s %s %s", a, b, c)
	case 1:
		return fmt.Sprintf("printf %q %s %s", g.pick("%v-%v", "%s %d", "%q|%5v", "%T %T", "%x %08.3f", "%+v %#v", "%v"), a, b)
	case 2:
		return fmt.Sprintf("eq %s %s", a, b)
	case 3:
		return fmt.Sprintf("%s %s %s", g.pick("ne", "lt", "le", "gt", "ge"), a, b)
	case 4:
		return fmt.Sprintf("and %s %s", a, b)
	case 5:
		return fmt.Sprintf("or %s %s %s", a, b, c)
	case 6:
		return "not " + a
	case 7:
		return "len " + g.pick(".list", ".map", ".string", ".spec.hosts", "$.kind", a)
	case 8:
		return fmt.Sprintf("index %s %s", g.pick(".list", ".spec.hosts", "$.list", "$.strings", "\"text\""), g.pick("0", "1", "2", "9", a))
	case 9:
		return fmt.Sprintf("index %s %s", g.pick(".map", ".spec.env", "$.map", "$.metadata.labels"), g.pick(`"a"`, `"app"`, `"DEBUG"`, a))
	case 10:
		return fmt.Sprintf("slice %s %s", g.pick(".string", "$.kind", "\"héllo\""), g.pick("0", "1", "2 3", "1 2", "1 9", a))
	case 11:
		return fmt.Sprintf("%s %s", g.pick("html", "js", "urlquery", "println", "print"), a)
	default:
		return fmt.Sprintf("eq %s %s %s", a, b, c)
	}
}

func (g *generator) operand(depth int) string {
	if depth > 0 && g.random.Intn(4) == 0 {
		text := "(" + g.pipe(depth-1) + ")"
		if g.random.Intn(6) == 0 {
			text += g.pick(".a", ".name", ".b.c")
		}
		return text
	}
	if len(g.variables) > 0 && g.random.Intn(3) == 0 {
		return g.pick(g.variables...) + g.pick("", "", "", "", ".name", ".a")
	}
	return g.pick(".", "$", ".int", ".float", ".string", ".bool", ".no", ".list", ".map", ".map.a", ".nil", ".nope", ".number",
		".spec.image", ".spec.replicas", ".spec.hosts", ".spec.debug", ".spec.ratio", ".metadata.name", ".kind", ".spec.nested.a.b.n",
		"$.int", "$.string", "$.kind", "$.spec.replicas", ".name", ".port", "$.a.b.c.d", ".empty.map",
		"0", "1", "-3", "2.5", "1e3", "0x10", "'a'", `"s"`, `""`, "`raw`", "true", "false", "nil", `"é"`, `"<&>"`)
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
