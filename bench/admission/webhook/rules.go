package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

var (
	ownerPattern   = regexp.MustCompile(`^[a-z][a-z0-9-]{2,39}$`)
	versionPattern = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+$`)
)

// check returns a cause for each rule of ../katalog.yaml that the spec breaks, in the order there.
func check(spec *ReleaseSpec) []metav1.StatusCause {
	var broken []metav1.StatusCause
	rule := func(holds bool, field, message string) {
		if !holds {
			cause := metav1.StatusCause{Type: metav1.CauseTypeFieldValueInvalid, Field: field, Message: message}
			broken = append(broken, cause)
		}
	}
	rule(spec.Owner != "", "spec.owner", "name an owner")
	rule(ownerPattern.MatchString(spec.Owner), "spec.owner", "3 to 40 lower-case letters and digits")
	if !strings.HasPrefix(spec.Image, "registry.example.org/") {
		rule(false, "spec.image", fmt.Sprintf("%s is not of our registry", spec.Image))
	}
	rule(spec.Image != "" && !strings.HasSuffix(spec.Image, ":latest"), "spec.image", "name a version")
	rule(versionPattern.MatchString(spec.Version), "spec.version", "must be a version")
	rule(spec.Tier == "standard" || spec.Tier == "gold" || spec.Tier == "platinum", "spec.tier", "no such tier")
	rule(spec.Region != "" && spec.Region != "lab" && spec.Region != "retired", "spec.region", "closed")
	if !strings.HasSuffix(spec.Host, ".example.org") {
		rule(false, "spec.host", fmt.Sprintf("%s is outside example.org", spec.Host))
	}
	rule(spec.Host != "" && !strings.Contains(spec.Host, ".."), "spec.host", "an empty label")
	rule(atLeast(spec.Replicas, 1), "spec.replicas", "at least 1")
	rule(atMost(spec.Replicas, 50), "spec.replicas", "at most 50")
	rule(atLeast(spec.MemoryMi, 64) && atMost(spec.MemoryMi, 65536), "spec.memoryMi", "between 64 MiB and 64 GiB")
	rule(atLeast(spec.Port, 1024), "spec.port", "not a privileged port")
	rule(spec.Channel != "nightly", "spec.channel", "no nightly builds")
	if spec.Tier == "gold" {
		rule(atLeast(spec.Replicas, 2), "spec.replicas", "gold runs at least 2")
	}
	if (spec.Public != nil && *spec.Public) || spec.Tier == "platinum" {
		rule(spec.Contact != "", "spec.contact", "a public or platinum release has a contact")
	}
	return broken
}

func atLeast(value *int64, bound int64) bool { return value != nil && *value >= bound }
func atMost(value *int64, bound int64) bool  { return value != nil && *value <= bound }

// refusal says what the Gateway of Ork says: 400, all violations in the message, each as a cause.
func refusal(req admission.Request, broken []metav1.StatusCause) admission.Response {
	texts := make([]string, len(broken))
	for i, cause := range broken {
		texts[i] = cause.Field + ": " + cause.Message
	}
	message := fmt.Sprintf("%s %s/%s: %s", req.Kind.Kind, req.Namespace, req.Name, strings.Join(texts, "; "))
	response := admission.Denied("")
	response.Result = &metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusBadRequest,
		Reason:  metav1.StatusReasonBadRequest,
		Message: message,
		Details: &metav1.StatusDetails{Causes: broken},
	}
	return response
}
