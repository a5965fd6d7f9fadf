package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Release is the kind of ../crd.yaml.
type Release struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              ReleaseSpec `json:"spec"`
}

// ReleaseSpec has a pointer where an absent value differs from the zero value.
type ReleaseSpec struct {
	Owner    string `json:"owner,omitempty"`
	Contact  string `json:"contact,omitempty"`
	Image    string `json:"image,omitempty"`
	Version  string `json:"version,omitempty"`
	Channel  string `json:"channel,omitempty"`
	Tier     string `json:"tier,omitempty"`
	Region   string `json:"region,omitempty"`
	Host     string `json:"host,omitempty"`
	Replicas *int64 `json:"replicas,omitempty"`
	MemoryMi *int64 `json:"memoryMi,omitempty"`
	Port     *int64 `json:"port,omitempty"`
	Public   *bool  `json:"public,omitempty"`
}

// DeepCopyObject satisfies runtime.Object; a webhook that only reads never calls it.
func (r *Release) DeepCopyObject() runtime.Object {
	out := *r
	r.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Spec.Replicas = copied(r.Spec.Replicas)
	out.Spec.MemoryMi = copied(r.Spec.MemoryMi)
	out.Spec.Port = copied(r.Spec.Port)
	out.Spec.Public = copied(r.Spec.Public)
	return &out
}

func copied[T any](value *T) *T {
	if value == nil {
		return nil
	}
	out := *value
	return &out
}
