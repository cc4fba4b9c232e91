#version 330 core
uniform sampler2DArray surface_map;
in vec2 uv;
flat in float layer;
void main() {
#ifdef CUTOUT
    if (texture(surface_map, vec3(uv, layer)).a < 0.5) discard;
#endif
}
