package main

import (
	"fmt"
	"math"
	"math/rand"
	"strconv"
	"strings"
)

// operands are template expressions of every type that a value can have.
var operands = []string{
	"true", "false", "nil", ".nope", "0", "7", "-42", "9223372036854775807", ".int", ".neg", ".rune", ".bigrune",
	"0.0", "-0.0", "1.0", "3.14159", "-2.5e-7", "1e100", ".float", ".whole", "'x'", `(index "é" 1)`, `""`, `"text"`,
	`"héllo ✓"`, "\"tab\\t\\\"quote\\\" \\x00\"", `"\xff\xfe"`, "\"back`quote\"", ".string", ".list", ".strings", ".map",
	".empty.list", ".empty.map", "(len .string)", "1+2i",
}

var verbs = strings.Split("v T t b c d o O q x X U e E f F g G s w z %", " ")

// verbCases holds every verb with every operand, in many shapes of flags, width and precision each.
func verbCases() []goldenCase {
	shapes := []string{
		"", "+", "-", "#", " ", "0", "12", "-12", "012", "+12", "#12", " 12", ".0", ".3", "12.3", "-12.3", "012.3",
		"+.3", "#.3", "+#", "#0", " #", "+012", "-012", "# 012.4", "+-# 012.5",
	}
	var cases []goldenCase
	for _, operand := range operands {
		for _, verb := range verbs {
			var format strings.Builder
			for _, shape := range shapes {
				fmt.Fprintf(&format, "%%%s[1]%s|", shape, verb)
			}
			cases = append(cases, goldenCase{
				Template: fmt.Sprintf("{{printf %q %s}}", format.String(), operand),
				Data:     "types",
			})
		}
	}
	return cases
}

// formatCases holds random formats, sound and broken, with random operands.
func formatCases(seed int64, count int) []goldenCase {
	random := rand.New(rand.NewSource(seed))
	pick := func(list []string) string { return list[random.Intn(len(list))] }
	flags := []string{"", "", "", "+", "-", "#", " ", "0", "+0", "-#", "# ", "++", "0-"}
	widths := []string{"", "", "", "1", "5", "20", "*", "[1]*", "[2]*", "007", "1000001", "99999999999"}
	precisions := []string{"", "", "", ".", ".0", ".2", ".10", ".*", ".[1]*", ".[3]*", ".-1", "..", ".99999999999"}
	indexes := []string{"", "", "", "", "[1]", "[2]", "[3]", "[0]", "[9]", "[-1]", "[x]", "[", "[]", "[1", "[2][1]"}
	texts := []string{"", " ", "x", "%%", "é", "%", "% %", "100%", "日本"}
	widthArguments := []string{"1", "4", "-6", "1.5", `"w"`, "nil", "2000000", ".int"}
	allVerbs := append(append([]string{}, verbs...), "p", "é", "!", "Z", "*", ".", "]", "-")
	var cases []goldenCase
	for len(cases) < count {
		var format strings.Builder
		var arguments []string
		for range 1 + random.Intn(3) {
			format.WriteString(pick(texts))
			width, precision := pick(widths), pick(precisions)
			fmt.Fprintf(&format, "%%%s%s%s%s%s", pick(flags), width, precision, pick(indexes), pick(allVerbs))
			if strings.Contains(width, "*") {
				arguments = append(arguments, pick(widthArguments))
			}
			if strings.Contains(precision, "*") {
				arguments = append(arguments, pick(widthArguments))
			}
			arguments = append(arguments, pick(operands))
		}
		switch random.Intn(6) {
		case 0:
			arguments = append(arguments, pick(operands))
		case 1:
			arguments = arguments[:len(arguments)-1]
		}
		source := fmt.Sprintf("{{printf %s %s}}", strconv.Quote(format.String()), strings.Join(arguments, " "))
		if strings.Contains(format.String(), "p") {
			continue // An address is different on each run.
		}
		cases = append(cases, goldenCase{Template: source, Data: "types"})
	}
	return cases
}

// floatCases holds random float64 values of all magnitudes in all float verbs.
func floatCases(seed int64, count int) []goldenCase {
	random := rand.New(rand.NewSource(seed))
	formats := []string{"%v", "%g", "%G", "%e", "%E", "%f", "%F", "%b", "%x", "%X", "%#v", "%#g", "%#x"}
	var cases []goldenCase
	for range count {
		var value float64
		switch random.Intn(6) {
		case 0:
			value = math.Float64frombits(random.Uint64())
		case 1:
			value = math.Float64frombits(random.Uint64() & (1<<53 - 1)) // subnormal or tiny
		case 2:
			value = float64(random.Intn(1_000_000)) / 1000
		case 3:
			value = float64(random.Int63()) * math.Pow(10, float64(random.Intn(20)-10))
		case 4:
			value = (float64(random.Intn(2000)) + 0.5) / math.Pow(2, float64(random.Intn(8))) // ties
		case 5:
			value = math.Pow(10, float64(random.Intn(600)-300))
		}
		if math.IsNaN(value) || math.IsInf(value, 0) {
			continue
		}
		literal := strconv.FormatFloat(value, 'e', -1, 64)
		var format []string
		for _, f := range formats {
			format = append(format, f[:1]+f[1:len(f)-1]+"[1]"+f[len(f)-1:])
		}
		for _, verb := range []string{"e", "f", "g", "x"} {
			format = append(format, fmt.Sprintf("%%%s.%d[1]%s", []string{"", "+", "#", "0", " "}[random.Intn(5)], random.Intn(30), verb))
			format = append(format, fmt.Sprintf("%%%d.%d[1]%s", random.Intn(30), random.Intn(6), verb))
		}
		cases = append(cases, goldenCase{
			Template: fmt.Sprintf("{{%s}} {{printf %q %s}}", literal, strings.Join(format, "|"), literal),
			Data:     "nothing",
		})
	}
	return cases
}
