#version 330 core
uniform mat4 view_projection;
in vec3 in_pos;
in vec2 in_uv;
in float in_layer;
in float in_id;
out vec2 uv;
flat out float layer;
flat out float id;
void main() {
    uv = in_uv;
    layer = in_layer;
    id = in_id;
    gl_Position = view_projection * vec4(in_pos, 1.0);
}
