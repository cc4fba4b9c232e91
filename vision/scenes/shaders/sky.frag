#version 330 core
uniform sampler2D noise_map;
uniform float cloud;
in vec3 direction;
out vec4 colour;
#include sky
void main() {
    vec3 d = normalize(direction);
    vec3 c = sky(d);
    vec2 high = d.xy / (abs(d.z) + 0.25);
    float puff = texture(noise_map, high * 0.13).r * 0.65 + texture(noise_map, high * 0.45).r * 0.35;
    float k = cloud * smoothstep(0.42, 0.7, puff) * smoothstep(0.0, 0.15, d.z);
    colour = vec4(develop(mix(c, horizon * 1.15 + sun_colour * 0.12, k)), 1.0);
}
